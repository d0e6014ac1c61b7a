using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace SpotifyToken
{
    internal sealed class ConfigHandle : SafeHandle
    {
        private ConfigHandle() : base(IntPtr.Zero, true) { }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Makes a handle with these options, and with functions that C calls until the handle is freed.</summary>
        public static THandle Make<THandle>(
            IDictionary<string, string> options,
            Action<int, string> logger,
            Action<string> keeper,
            Func<ConfigHandle, THandle> make) where THandle : CallingHandle
        {
            Native.Check();
            using (var config = Native.spotify_config_new())
            {
                var number = config.Prepare(options, logger, keeper);
                var made = make(config);
                made.Logger = number;
                return made;
            }
        }

        /// <summary>Sets options and functions; returns the number of the functions.</summary>
        public IntPtr Prepare(IDictionary<string, string> options, Action<int, string> logger, Action<string> keeper)
        {
            foreach (var option in options ?? new Dictionary<string, string>())
                if (option.Value != null)
                    Set(option.Key, option.Value);
            var number = Callbacks.Add(logger, keeper);
            if (logger != null)
                Native.spotify_config_set_logger(this, Callbacks.Function, number);
            if (keeper != null)
                Native.spotify_config_set_refresh_token_fn(this, Callbacks.KeepFunction, number);
            return number;
        }

        public void Set(string name, string value)
        {
            if (name.IndexOf('\0') >= 0 || value.IndexOf('\0') >= 0)
                throw new SpotifyException(
                    Native.InvalidArgument, "the name or the value of an option contains a NUL character. Remove it");
            var code = Native.spotify_config_set(this, Native.Utf8(name), Native.Utf8(value));
            if (code != 0)
                throw new SpotifyException(code, Native.Text(Native.spotify_config_error(this)));
        }

        protected override bool ReleaseHandle()
        {
            Native.spotify_config_free(handle);
            return true;
        }
    }
}
