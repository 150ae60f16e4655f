using Assay.Cli;

return CommandLine.Run(args, CommandContext.OfProcess());
