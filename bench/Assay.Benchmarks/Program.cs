using System.Globalization;
using Assay.Benchmarks;
using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Assay.Benchmarks -- --filter '*'
// dotnet run -c Release --project bench/Assay.Benchmarks -- names 3000000
if (args is ["names", var count])
    LikenessIndexRun.Run(int.Parse(count, CultureInfo.InvariantCulture));
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
