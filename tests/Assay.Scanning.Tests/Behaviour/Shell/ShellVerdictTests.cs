using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Behaviour.Shell;

/// <summary>The same scripts through the public door.</summary>
public class ShellVerdictTests
{
    public static TheoryData<string> Attacks
    {
        get
        {
            var all = new TheoryData<string>();
            foreach (var table in (IEnumerable<TheoryData<string, string>>)[ShellAttackTests.Fetched, ShellAttackTests.HiddenCode, ShellAttackTests.ReverseShells])
                all.AddRange(table.Select(static r => r.Data.Item1).ToArray());
            foreach (var table in (IEnumerable<TheoryData<string>>)[ShellAttackTests.Spellings, ShellAttackTests.Thefts, ShellAttackTests.Starts])
                all.AddRange(table.Select(static r => r.Data).ToArray());
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_is_malicious(string script) => ScanAssert.Malicious(Encoding.UTF8.GetBytes(script), "", "setup.sh");

    [Theory]
    [MemberData(nameof(ShellHonestTests.Scripts), MemberType = typeof(ShellHonestTests))]
    public void An_honest_script_is_clean(string script) => ScanAssert.Clean(Encoding.UTF8.GetBytes(script), "setup.sh");

    public static TheoryData<string> Installers => new()
    {
        "curl -LsSf https://astral.sh/uv/install.sh | sh",
        "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y",
        "curl -fsSL https://ollama.com/install.sh | sh",
        "wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh\nbash Miniconda3-latest-Linux-x86_64.sh -b -p ~/miniconda3",
        "curl -o- https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.0/install.sh | bash",
        "wget https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/cuda-keyring_1.1-1_all.deb\nsudo dpkg -i cuda-keyring_1.1-1_all.deb",
        "curl -s https://packagecloud.io/install/repositories/github/git-lfs/script.deb.sh | sudo bash",
        "curl -sSL https://install.python-poetry.org | python3 -",
        "pip install torch --index-url https://download.pytorch.org/whl/cu121\npip install git+https://github.com/huggingface/transformers",
        "curl https://get.docker.com | sh",
    };

    [Theory]
    [MemberData(nameof(Installers))]
    public void A_known_installer_is_clean(string script) => ScanAssert.Clean(Encoding.UTF8.GetBytes(script), "setup.sh");
}
