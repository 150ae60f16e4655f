using System.Text;
using Assay.Hub.Persistence;
using Assay.Scanning.Policy;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Admission;

/// <summary>The policy in force. A file is read again when it changes; one that cannot be read leaves the last good one in force.</summary>
public sealed class PolicySource(HubOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private AdmissionPolicy? _policy;
    private string _text = "";
    private DateTime _written;

    /// <summary>What is wrong with the file as it is now; null when nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>The policy in force.</summary>
    /// <exception cref="PolicyException">There is none yet, and the file cannot be used.</exception>
    public AdmissionPolicy Current
    {
        get
        {
            lock (_gate)
            {
                if (options.PolicyFile is not { } file)
                    return _policy ??= Profile();
                var written = File.GetLastWriteTimeUtc(file);
                if (_policy is not null && written == _written)
                    return _policy;
                try
                {
                    _policy = PolicyReader.Read(file);
                    _text = File.ReadAllText(file, Encoding.UTF8);
                    _written = written;
                    Problem = null;
                }
                catch (PolicyException e) when (_policy is not null)
                {
                    _written = written;
                    Problem = e.Message;
                }

                return _policy;
            }
        }
    }

    /// <summary>Keeps the policy in force beside the decisions that rest on it. Part of the caller's transaction.</summary>
    internal async Task KeepAsync(HubDb db, AdmissionPolicy policy, CancellationToken cancellation)
    {
        var digest = policy.Digest;
        if (db.Policies.Local.Any(p => p.Digest == digest) || await db.Policies.AnyAsync(p => p.Digest == digest, cancellation).ConfigureAwait(false))
            return;
        db.Policies.Add(new StoredPolicy { Digest = digest, Name = policy.Name.Length <= 100 ? policy.Name : policy.Name[..100], Text = _text, At = clock.GetUtcNow() });
    }

    private AdmissionPolicy Profile()
    {
        _text = PolicyProfiles.TextOf(PolicyProfiles.Balanced) ?? "";
        return PolicyProfiles.Find(PolicyProfiles.Balanced) ?? throw new InvalidOperationException("The balanced profile is missing.");
    }
}
