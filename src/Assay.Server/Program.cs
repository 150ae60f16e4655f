using Assay.Server.Commands;

return await ServerCommandLine.RunAsync(args).ConfigureAwait(false);
