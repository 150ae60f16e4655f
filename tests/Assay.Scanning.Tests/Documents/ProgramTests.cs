using Assay.Scanning.Tests.Evasions;
using Assay.Testing;

namespace Assay.Scanning.Tests.Documents;

/// <summary>What the structure of programs says of hidden code.</summary>
public sealed class ProgramTests
{
    private static readonly byte[] Noise = MakeNoise();

    [Fact]
    public void Marks_of_hidden_code_are_reported()
    {
        Assert.Multiple(
            () => HasMark(ProgramBuilder.Pe("UPX0"), "UPX"),
            () => HasMark(ProgramBuilder.Pe(".vmp0"), "VMProtect"),
            () => HasMark(ProgramBuilder.Pe(code: Noise), "nearly random"),
            () => HasMark(ProgramBuilder.Pe(flags: 0xE0000020), "can rewrite"),
            () => HasMark(ProgramBuilder.Pe(entry: 0x900000), "outside of its code"),
            () => HasMark(ProgramBuilder.Pe(strings: "VirtualAllocEx\0WriteProcessMemory\0CreateRemoteThread\0"), "other programs"),
            () => HasMark(ProgramBuilder.Pe(strings: "Inno Setup Setup Data (6.2)"), "Inno Setup"),
            () => HasMark(ProgramBuilder.Elf(mark: "UPX!"), "UPX"),
            () => HasMark(ProgramBuilder.Elf(flags: 7), "can rewrite"),
            () => HasMark(ProgramBuilder.Elf(code: Noise), "nearly random"));
    }

    [Fact]
    public void Plain_programs_and_libraries_hide_nothing()
    {
        foreach (var (bytes, name) in new[] { (ProgramBuilder.Pe(), "tool.exe"), (ProgramBuilder.Elf(), "tool"), (ProgramBuilder.Elf(kind: 3), "native.so") })
        {
            var report = ScanAssert.Scan(bytes, name);
            Assert.DoesNotContain(report.Findings, f => f.Rule.Id == "EXE-003");
            ScanAssert.HasRule(report, "EXE-001");
        }

        ScanAssert.NotAccused(ProgramBuilder.Elf(kind: 3), "native.cpython-312-x86_64-linux-gnu.so");
    }

    [Fact]
    public void A_program_under_the_name_of_a_model_is_malicious() => ScanAssert.Malicious(ProgramBuilder.Pe(), "is a program", "model.safetensors");

    private static void HasMark(byte[] bytes, string words)
    {
        var report = ScanAssert.Scan(bytes, "tool.exe");
        ScanAssert.HasRule(report, "EXE-003");
        ScanAssert.Explains(report, words);
    }

    private static byte[] MakeNoise()
    {
        var noise = new byte[65536];
        new Random(4).NextBytes(noise);
        return noise;
    }
}
