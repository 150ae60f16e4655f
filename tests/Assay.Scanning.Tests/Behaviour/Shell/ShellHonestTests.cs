namespace Assay.Scanning.Tests.Behaviour.Shell;

/// <summary>What honest repositories do in shell.</summary>
public class ShellHonestTests
{
    public static TheoryData<string> Scripts => new()
    {
        "#!/bin/bash\nset -euo pipefail\nexport CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES:-0}\npython -m vllm.entrypoints.openai.api_server --model \"$MODEL\" --port 8000",
        "#!/bin/bash\n#SBATCH --gres=gpu:8\nmodule load cuda\nsource ~/.bashrc\nconda activate env\nsrun --ntasks=8 python train.py --config \"$1\"",
        "deepspeed --num_gpus=8 train.py --deepspeed ds.json 2>&1 | tee logs/train.log",
        "nohup torchrun --nproc_per_node 8 train.py > train.log 2>&1 &\necho $! > pid",
        "docker run --gpus all -v $PWD/models:/models -p 8080:80 -e HF_TOKEN=$HF_TOKEN ghcr.io/huggingface/text-generation-inference:latest --model-id $MODEL",
        "apt-get update && apt-get install -y --no-install-recommends git curl ffmpeg && rm -rf /var/lib/apt/lists/*",
        "pip install -U pip\npip install -r requirements.txt",
        "python -m venv .venv && source .venv/bin/activate && pip install -e '.[dev]'",
        "wget https://example.com/weights.safetensors -O model.safetensors\npython infer.py --weights model.safetensors",
        "curl -L -o data.zip https://example.com/data.zip\nunzip data.zip -d data\npython train.py --data data",
        "wget https://example.com/data.tar.gz && tar xzf data.tar.gz && rm data.tar.gz && python prepare.py",
        "git clone https://github.com/org/repo.git\ncd repo\npip install -e .\npython setup.py build_ext --inplace\nmake -j",
        "git clone https://github.com/ggerganov/llama.cpp && cd llama.cpp && make && ./main -m ../model.gguf",
        "git lfs install\ngit clone https://huggingface.co/org/model\ncd model && git lfs pull",
        "huggingface-cli login --token $HF_TOKEN\nhuggingface-cli download org/model --local-dir ./model",
        "curl -H \"Authorization: Bearer $HF_TOKEN\" https://huggingface.co/api/models/org/model",
        "curl -X POST http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' -d '{\"model\": \"m\", \"messages\": []}'",
        "curl https://api.openai.com/v1/models -H \"Authorization: Bearer $OPENAI_API_KEY\"",
        "export HF_TOKEN=$(cat ~/.cache/huggingface/token)\npython upload.py",
        "rm -rf build dist *.egg-info outputs/ ./cache\nrm -rf \"$OUT\"/*\nrm -f *.log\nrm -rf ~/.cache/huggingface/hub/models--x",
        "find . -name '__pycache__' -exec rm -rf {} +\nfind . -type f -name '*.pyc' -delete\nfind / -name 'libcuda*' 2>/dev/null",
        "echo 'export PATH=$HOME/.local/bin:$PATH' >> ~/.bashrc\necho 'alias ll=\"ls -l\"' >> ~/.bash_aliases\nsource ~/.bashrc",
        "cat >> ~/.zshrc <<'EOF'\nexport PYENV_ROOT=\"$HOME/.pyenv\"\neval \"$(pyenv init -)\"\n[ -s \"$NVM_DIR/nvm.sh\" ] && . \"$NVM_DIR/nvm.sh\"\nEOF",
        "eval \"$(conda shell.bash hook)\"\neval \"$(ssh-agent -s)\"\nssh-add ~/.ssh/id_rsa",
        "eval \"$(jq -r '@sh \"A=\\(.a)\"' config.json)\"",
        "DIR=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\n. \"$DIR/env.sh\"\nexec \"$DIR/bin/run\" \"$@\"",
        "while [[ $# -gt 0 ]]; do case $1 in -m|--model) MODEL=\"$2\"; shift 2;; *) echo \"unknown $1\"; exit 1;; esac; done",
        "for f in *.bin; do python convert.py \"$f\" \"${f%.bin}.safetensors\"; done",
        "echo \"$DOCKER_PASSWORD\" | docker login -u user --password-stdin\ndocker build -t x .\ndocker push x",
        "base64 -d model.b64 > model.bin\necho \"$CONFIG_B64\" | base64 -d > config.json",
        "openssl enc -d -aes-256-cbc -in secrets.enc -out secrets.json -k \"$KEY\"",
        "tar czf backup.tar.gz outputs\nscp backup.tar.gz user@host:/data/\nrsync -av outputs/ user@host:/data/",
        "ssh user@host 'cd project && git pull && sbatch run.slurm'",
        "ssh -i ~/.ssh/id_rsa user@host",
        "aws s3 cp s3://bucket/model.tar.gz . && tar xzf model.tar.gz",
        "kill $(cat pid)\npkill -f train.py\nps aux | grep python | awk '{print $2}' | xargs kill -9",
        "nvidia-smi --query-gpu=memory.used --format=csv\nlscpu\nfree -h\nuname -a\nhostname",
        "xargs -a files.txt -P 8 -I{} wget -q https://example.com/{}",
        "cat urls.txt | xargs -n1 -P4 curl -sO",
        "python - <<'EOF'\nimport torch\nprint(torch.__version__)\nEOF",
        "python -c 'import torch; print(torch.cuda.is_available())'",
        "curl -s https://api.github.com/repos/o/r/releases/latest | grep tag_name | cut -d '\"' -f4",
        "V=$(curl -s https://example.com/version | jq -r .v)\necho \"latest $V\"",
        "curl -s https://example.com/data.json | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"x\"])'",
        "curl -fsSL https://nvidia.github.io/key | sudo gpg --dearmor -o /usr/share/keyrings/k.gpg\ncurl -s -L https://nvidia.github.io/list | sudo tee /etc/apt/sources.list.d/n.list",
        "sudo sysctl -w vm.max_map_count=262144\nsudo systemctl restart docker\nulimit -n 65535",
        "cat > /etc/systemd/system/vllm.service <<EOF\n[Unit]\nDescription=vLLM\n[Service]\nExecStart=/usr/bin/python3 -m vllm.entrypoints.api_server --model m\nEOF\nsystemctl enable --now vllm",
        "cat ~/.ssh/id_rsa.pub >> ~/.ssh/authorized_keys\necho \"$PUBLIC_KEY\" >> ~/.ssh/authorized_keys",
        "export LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4\npython webui.py",
        "printf '%s\\n' \"$x\" | tr '[:upper:]' '[:lower:]' | sed 's/ /_/g'",
        "echo -e \"\\033[32mdone\\033[0m\\n\\033[31mfail\\033[0m\"\nprintf '\\033[1m%s\\033[0m\\n' ok",
        "sed -e \"s/@PORT@/$PORT/\" template.sh > run.sh\nbash run.sh",
        "nc -z localhost 8000 && echo up\nuntil nc -z db 5432; do sleep 1; done",
        "timeout 5 bash -c '</dev/tcp/localhost/8000' && echo open",
        "mkfs.ext4 -F /dev/nvme1n1\nmount /dev/nvme1n1 /data",
        "dd if=/dev/zero of=swapfile bs=1M count=1024\nmkswap swapfile",
        "sudo useradd -m -u 1000 user\necho 'user ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers",
        "cp scripts/pre-commit .git/hooks/pre-commit\nchmod +x .git/hooks/pre-commit",
        "gunzip -c data.json.gz | head\nzcat corpus.gz | python count.py",
        "\\rm -f x\n\\cp -r a b\n'ls' -l\n\"$PYTHON\" \"$SCRIPT\"",
        "CMD=\"python train.py --lr $LR\"\necho $CMD\n$CMD\neval \"$CMD\"",
        "chmod +x run.sh && ./run.sh\nbash scripts/train.sh",
        "git config --global user.email a@b.c\ngit config --global credential.helper store\ngit config core.sshCommand 'ssh -i ~/.ssh/key'",
        "curl -T model.tar.gz https://uploads.example.com/model.tar.gz -H \"Authorization: Bearer $TOKEN\"",
        "curl -X POST -H 'Content-type: application/json' --data '{\"text\":\"done\"}' \"$SLACK_WEBHOOK\"",
        "curl -L \"https://civitai.com/api/download/models/1?token=$CIVITAI_TOKEN\" -o m.safetensors",
        "brew install ffmpeg\nnpm install\nnpm run build\nnpx playwright install\ncargo build --release",
        "read -p 'continue? ' a\nif [ \"$a\" = y ]; then echo go; fi",
        "IFS=',' read -ra GPUS <<< \"$CUDA_VISIBLE_DEVICES\"\nfor ((i=0;i<${#GPUS[@]};i++)); do CUDA_VISIBLE_DEVICES=${GPUS[$i]} python w.py & done; wait",
        "f() { echo \"usage: $0\"; }\nf\n",
        "tr -d '\\r' < a.sh > b.sh\nbash b.sh",
        "parallel -j 4 python convert.py ::: *.bin",
        "sudo apt install ./local.deb\nsudo dpkg -i build/out.deb",
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void An_honest_script_is_not_accused(string script) => ShellActs.IsHonest(script);

    [Fact]
    public void An_installer_keeps_its_address_for_the_judge()
    {
        var act = ShellActs.Has("curl -LsSf https://astral.sh/uv/install.sh | sh", Deed.RunCode, Origin.Network);
        Assert.Equal("https://astral.sh/uv/install.sh", act.Source);
    }

    [Fact]
    public void A_program_of_a_clone_is_an_ordinary_one() =>
        Assert.Equal(Confidence.Low, ShellActs.Has("git clone https://github.com/o/r && cd r && ./install.sh", Deed.RunProgram, Origin.Network, least: Confidence.Low).Confidence);

    [Fact]
    public void A_sibling_that_is_started_is_named() =>
        Assert.Equal("scripts/run.py", Assert.Single(ShellActs.Has("cd scripts && python run.py", Deed.RunSibling).Files));
}
