using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Assay.Scanning.Tests;

/// <summary>The processor's time that the calling thread has used: the same on a busy machine as on an idle one (clock_gettime(2)).</summary>
internal static partial class ThreadTime
{
    /// <summary>The time so far. On Windows, which has no such call, the time of the wall.</summary>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    public static TimeSpan Now
    {
        get
        {
            if (OperatingSystem.IsWindows())
                return Stopwatch.GetElapsedTime(0);
            if (ReadClock(OperatingSystem.IsMacOS() ? 16 : 3, out var time) != 0)
                throw new Win32Exception();
            return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReadClock(int clock, out Moment time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Moment
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
