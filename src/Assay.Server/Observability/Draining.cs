namespace Assay.Server.Observability;

/// <summary>Puts off the end: <c>/readyz</c> says no at once, and the socket closes a while later. Requests that run then are finished within the time for shutting down.</summary>
internal sealed class Draining(ServerOptions options, TimeProvider clock) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        options.Drain > TimeSpan.Zero ? Task.Delay(options.Drain, clock, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
