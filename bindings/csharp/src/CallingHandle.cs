using System;
using System.Runtime.InteropServices;

namespace SpotifyToken
{
    /// <summary>A handle of the library that calls loggers and keepers.</summary>
    internal abstract class CallingHandle : SafeHandle
    {
        private EventHandler atExit;

        internal IntPtr Logger;

        protected CallingHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Closes its owner when the process ends: a call or a logger that runs then would keep Mono from
        /// ending.</summary>
        internal void CloseAtExit<TOwner>(TOwner owner, Action<TOwner> close) where TOwner : class
        {
            var weak = new WeakReference<TOwner>(owner);
            atExit = (sender, arguments) =>
            {
                if (weak.TryGetTarget(out var open))
                    close(open);
            };
            AppDomain.CurrentDomain.ProcessExit += atExit;
        }

        protected abstract void Free();

        protected override bool ReleaseHandle()
        {
            Free();
            Callbacks.Remove(Logger);
            AppDomain.CurrentDomain.ProcessExit -= atExit;
            return true;
        }
    }

    internal sealed class LoginHandle : CallingHandle
    {
        protected override void Free() => Native.spotify_login_free(handle);
    }

    internal sealed class ClientHandle : CallingHandle
    {
        protected override void Free() => Native.spotify_client_free(handle);
    }
}
