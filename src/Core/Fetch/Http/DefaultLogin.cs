using System;
using System.Runtime.InteropServices;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// As which user this process logs in by Negotiate. One user of the system may have tickets of several principals
/// (KRB5CCNAME), and what one of them was given is not for the others.
/// </summary>
/// <param name="User">The user of the system.</param>
/// <param name="Principal">The Kerberos principal whose ticket is offered; null without one that is still valid, and on Windows, where the system has one login.</param>
/// <param name="Tickets">The KRB5CCNAME that programs started from here get, if GSSAPI in this process reads another; else null.</param>
internal sealed record DefaultLogin(string User, string? Principal, string? Tickets)
{
    /// <summary>A text that is the same for the same login.</summary>
    public string Identity => $"default\n{User}\n{Principal}\n{Tickets}\n";

    /// <summary>The login as it is now: kinit and kdestroy change it.</summary>
    public static DefaultLogin Find()
    {
        string user = $"{Environment.UserDomainName}\\{Environment.UserName}";
        if (OperatingSystem.IsWindows())
            return new DefaultLogin(user, null, null);
        // GSSAPI sees the variables with which the process began, git those that .NET has now.
        string? here = Marshal.PtrToStringUTF8(NativeVariable("KRB5CCNAME")), passedOn = Environment.GetEnvironmentVariable("KRB5CCNAME");
        return new DefaultLogin(user, Gssapi.DefaultPrincipal(), here == passedOn ? null : passedOn ?? string.Empty);
    }

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint NativeVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    /// <summary>The calls of RFC 2744 that name the default credential, from the library that .NET itself uses.</summary>
    private static unsafe class Gssapi
    {
        private static readonly nint Library = Load();

        /// <summary>Null if there is none, or the library is missing: then .NET has no Negotiate either.</summary>
        public static string? DefaultPrincipal()
        {
            if (Library == 0
                || !NativeLibrary.TryGetExport(Library, "gss_inquire_cred", out nint inquire)
                || !NativeLibrary.TryGetExport(Library, "gss_display_name", out nint display)
                || !NativeLibrary.TryGetExport(Library, "gss_release_name", out nint releaseName)
                || !NativeLibrary.TryGetExport(Library, "gss_release_buffer", out nint releaseBuffer))
            {
                return null;
            }

            uint minor;
            nint name = 0;
            // The credential GSS_C_NO_CREDENTIAL is the default one. With an expired ticket there is no name.
            ((delegate* unmanaged[Cdecl]<uint*, nint, nint*, uint*, int*, nint*, uint>)inquire)(&minor, 0, &name, null, null, null);
            if (name == 0)
                return null;
            Text text = default;
            bool hasText = ((delegate* unmanaged[Cdecl]<uint*, nint, Text*, nint*, uint>)display)(&minor, name, &text, null) == 0;
            string? principal = hasText ? Marshal.PtrToStringUTF8(text.Value, checked((int)text.Length)) : null;
            ((delegate* unmanaged[Cdecl]<uint*, Text*, uint>)releaseBuffer)(&minor, &text);
            ((delegate* unmanaged[Cdecl]<uint*, nint*, uint>)releaseName)(&minor, &name);
            return principal;
        }

        private static nint Load() =>
            NativeLibrary.TryLoad(OperatingSystem.IsMacOS() ? "/System/Library/Frameworks/GSS.framework/GSS" : "libgssapi_krb5.so.2", out nint library)
                ? library
                : 0;

        [StructLayout(LayoutKind.Sequential)]
        private struct Text
        {
            public nuint Length;
            public nint Value;
        }
    }
}
