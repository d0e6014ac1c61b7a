using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace SpotifyToken
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void LogFunction(IntPtr userData, int level, IntPtr message);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void RefreshTokenFunction(IntPtr userData, IntPtr refreshToken);

    /// <summary>The loggers and keepers, by number. C knows the number and one function of each kind, which is never
    /// collected.</summary>
    internal static class Callbacks
    {
        private static readonly ConcurrentDictionary<IntPtr, Action<int, string>> Known =
            new ConcurrentDictionary<IntPtr, Action<int, string>>();

        private static readonly ConcurrentDictionary<IntPtr, Action<string>> Keepers =
            new ConcurrentDictionary<IntPtr, Action<string>>();

        private static long last;

        internal static readonly LogFunction Function = Log;

        internal static readonly RefreshTokenFunction KeepFunction = Keep;

        internal static IntPtr Add(Action<int, string> logger, Action<string> keeper)
        {
            if (logger == null && keeper == null)
                return IntPtr.Zero;
            var number = new IntPtr(Interlocked.Increment(ref last));
            if (logger != null)
                Known[number] = logger;
            if (keeper != null)
                Keepers[number] = keeper;
            return number;
        }

        internal static void RemoveLogger(IntPtr number) => Known.TryRemove(number, out _);

        internal static void Remove(IntPtr number)
        {
            RemoveLogger(number);
            Keepers.TryRemove(number, out _);
        }

        private static void Keep(IntPtr number, IntPtr refreshToken)
        {
            try
            {
                if (Keepers.TryGetValue(number, out var keeper))
                    keeper(Native.Text(refreshToken));
            }
            catch (Exception exception)
            {
                Trace.TraceWarning("the keeper threw: " + exception.Message);
            }
        }

        // C is behind this function: no exception may leave it.
        private static void Log(IntPtr number, int level, IntPtr message)
        {
            try
            {
                if (Known.TryGetValue(number, out var logger))
                    logger(level, Native.Text(message));
            }
            catch (Exception exception)
            {
                Trace.TraceWarning("the logger threw: " + exception.Message);
            }
        }
    }
}
