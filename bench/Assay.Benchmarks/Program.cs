using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Assay.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
