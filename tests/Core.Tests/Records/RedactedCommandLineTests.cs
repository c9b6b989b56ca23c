using System;
using ProcessDedup.Platform;
using Xunit;

namespace ProcessDedup.Tests.Records;

/// <summary>What is shown of a command line, and what is not.</summary>
public sealed class RedactedCommandLineTests
{
    [Theory]
    [InlineData("tool", "--token", "s3cret")]
    [InlineData("tool", "--Token=s3cret")]
    [InlineData("tool", "--password=s3cret")]
    [InlineData("tool", "-Password", "s3cret")]
    [InlineData("tool", "--api-key", "s3cret")]
    [InlineData("tool", "--apikey=s3cret")]
    [InlineData("tool", "--client_secret", "s3cret")]
    [InlineData("tool", "/p:FeedToken=s3cret")]
    [InlineData("env", "GITHUB_TOKEN=s3cret", "make")]
    [InlineData("env", "AWS_SECRET_ACCESS_KEY=s3cret", "make")]
    [InlineData("tool", "--connection", "Server=db;Password=s3cret")]
    [InlineData("tool", "Server=db;User=sa;Password=s3cret")]
    [InlineData("tool", "--post-data=user=me&password=s3cret")]
    [InlineData("curl", "-H", "Authorization: Bearer s3cret")]
    [InlineData("curl", "-HAuthorization: s3cret")]
    [InlineData("curl", "--header=X-Auth: s3cret")]
    [InlineData("curl", "-u", "me:s3cret")]
    [InlineData("curl", "--user", "me:s3cret")]
    [InlineData("curl", "-d", "{\"password\":\"s3cret\"}")]
    [InlineData("curl", "--cookie", "session=s3cret")]
    [InlineData("git", "clone", "https://me:s3cret@host/repo")]
    [InlineData("git", "clone", "https://me:p@s3cret@host/repo")]
    [InlineData("git", "clone", "https://s3cret@host/repo")]
    [InlineData("curl", "https://host/file?sig=s3cret&x=1")]
    [InlineData("curl", "https://host/file#access_token=s3cret")]
    [InlineData("curl", "--url=https://me:s3cret@host/file")]
    [InlineData("procdedup", "fetch", "https://me:s3cret@host/file?token=x")]
    [InlineData("curl", "https://host/file?s3cret&token=x")]
    [InlineData("psql", "postgres://me:s3cret@host/db")]
    [InlineData("tool", "ghp_s3cret0000000000000")]
    [InlineData("tool", "github_pat_s3cret")]
    [InlineData("tool", "glpat-s3cret")]
    [InlineData("tool", "xoxb-s3cret")]
    [InlineData("tool", "npm_s3cret")]
    [InlineData("tool", "--value=ghp_s3cret")]
    [InlineData("tool", "eyJs3cret.eyJ.x")]
    [InlineData("tool", "s3cretAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("sh", "-c", "echo s3cret")]
    [InlineData("bash", "-lc", "echo s3cret")]
    [InlineData("bash", "-euc", "echo s3cret")]
    [InlineData("pwsh", "-Command", "s3cret")]
    [InlineData("pwsh", "-NoProfile", "-c", "s3cret")]
    [InlineData("pwsh", "-EncodedCommand", "s3cret")]
    [InlineData("cmd.exe", "/c", "s3cret")]
    [InlineData("python3", "-c", "s3cret")]
    [InlineData("node", "-e", "s3cret")]
    [InlineData("node", "--eval", "s3cret")]
    [InlineData("plink", "-pw", "s3cret", "host")]
    [InlineData("plink", "-ssh", "me@host", "-pw", "s3cret")]
    [InlineData("pscp", "-pws3cret", "a.sh", "host:")]
    [InlineData("putty", "me:s3cret@host")]
    [InlineData("curl", "-ume:s3cret")]
    [InlineData("curl", "-HX-Vault: s3cret")]
    [InlineData("curl", "-H", "X-Vault-Token:s3cret", "https://host/")]
    [InlineData("curl", "-bsid=s3cret")]
    [InlineData("curl", "--data-raw", "s3cret")]
    [InlineData("curl", "-F", "key=s3cret")]
    [InlineData("curl", "--oauth2-bearer", "s3cret")]
    [InlineData("curl", "-x", "http://me:s3cret@proxy:3128")]
    [InlineData("curl", "https://hooks.example.com/services/T0/B0/s3cret")]
    [InlineData("curl", "https://api.example.org/bots3cret/getMe")]
    [InlineData("curl", "https://me:s3/cret@host/")]
    [InlineData("wget", "--http-password=s3cret", "https://host")]
    [InlineData("env", "DB_PW=s3cret", "make")]
    [InlineData("env", "-S", "X=s3cret make")]
    [InlineData("nuget", "push", "-k", "s3cret")]
    [InlineData("nuget", "push", "a.nupkg", "s3cret")]
    [InlineData("nuget", "push", "a.nupkg", "-ApiKey", "s3cret")]
    [InlineData("dotnet", "nuget", "push", "a.nupkg", "-k", "s3cret")]
    [InlineData("npm", "config", "set", "//registry.npmjs.org/:_authToken", "s3cret")]
    [InlineData("redis-cli", "-a", "s3cret", "ping")]
    [InlineData("redis-cli", "auth", "s3cret")]
    [InlineData("ldapsearch", "-w", "s3cret", "-D", "cn=x")]
    [InlineData("ldapsearch", "-ws3cret")]
    [InlineData("sqlplus", "scott/s3cret@db")]
    [InlineData("sqlplus", "-L", "scott/s3cret")]
    [InlineData("sqlcmd", "-P", "s3cret")]
    [InlineData("sqlcmd", "-Ps3cret")]
    [InlineData("bcp", "t", "out", "f", "-Usa", "-Ps3cret")]
    [InlineData("mysql", "-ps3cret")]
    [InlineData("mysqldump", "--password", "s3cret")]
    [InlineData("psql", "host=db user=me password=s3cret")]
    [InlineData("mongosh", "mongodb://me:s3cret@host/db")]
    [InlineData("net", "use", "Z:", "\\\\srv\\share", "s3cret")]
    [InlineData("net", "user", "me", "s3cret", "/add")]
    [InlineData("schtasks", "/create", "/rp", "s3cret")]
    [InlineData("cmdkey", "/add:srv", "/pass:s3cret")]
    [InlineData("kubectl", "create", "secret", "generic", "x", "--from-literal=k=s3cret")]
    [InlineData("kubectl", "config", "set-credentials", "x", "--token", "s3cret")]
    [InlineData("vault", "login", "s3cret")]
    [InlineData("vault", "kv", "put", "secret/x", "k=s3cret")]
    [InlineData("docker", "login", "-u", "me", "-p", "s3cret")]
    [InlineData("docker", "run", "-e", "PW=s3cret", "image")]
    [InlineData("docker", "run", "-ePW=s3cret", "image")]
    [InlineData("docker", "build", "--build-arg", "T=s3cret", ".")]
    [InlineData("helm", "install", "x", "chart", "--set", "db.pw=s3cret")]
    [InlineData("terraform", "apply", "-var", "pw=s3cret")]
    [InlineData("terraform", "apply", "-var=pw=s3cret")]
    [InlineData("ansible-playbook", "site.yml", "-e", "pw=s3cret")]
    [InlineData("sshpass", "-ps3cret", "ssh", "host")]
    [InlineData("sshpass", "-p", "s3cret", "ssh", "host")]
    [InlineData("openssl", "enc", "-pass", "pass:s3cret")]
    [InlineData("openssl", "enc", "-k", "s3cret")]
    [InlineData("gpg", "--passphrase", "s3cret", "-d", "f")]
    [InlineData("7z", "a", "-ps3cret", "x.7z")]
    [InlineData("zip", "-P", "s3cret", "x.zip", "f")]
    [InlineData("unzip", "-Ps3cret", "x.zip")]
    [InlineData("smbclient", "//srv/share", "-U", "me%s3cret")]
    [InlineData("mount", "-o", "username=me,password=s3cret", "//srv/x", "/mnt")]
    [InlineData("ipmitool", "-H", "host", "-U", "me", "-P", "s3cret")]
    [InlineData("svn", "checkout", "--username", "me", "--password", "s3cret")]
    [InlineData("rclone", "obscure", "s3cret")]
    [InlineData("htpasswd", "-b", "file", "me", "s3cret")]
    [InlineData("useradd", "-p", "s3cret", "me")]
    [InlineData("az", "login", "--service-principal", "-u", "x", "-p", "s3cret")]
    [InlineData("aws", "configure", "set", "aws_secret_access_key", "s3cret")]
    [InlineData("gh", "secret", "set", "X", "-bs3cret")]
    [InlineData("git", "-c", "http.extraHeader=Authorization: Basic s3cret", "fetch")]
    [InlineData("git", "clone", "ssh://me:s3cret@host/repo")]
    [InlineData("twine", "upload", "-p", "s3cret", "dist/x")]
    [InlineData("msbuild", "App.sln", "/p:Pw=s3cret")]
    [InlineData("signtool", "sign", "/p", "s3cret", "a.exe")]
    [InlineData("pwsh", "-File", "./deploy.ps1", "-Key", "s3cret")]
    [InlineData("pwsh", "-File", "./deploy.ps1", "s3cret")]
    [InlineData("bash", "deploy.sh", "s3cret")]
    [InlineData("python3", "job.py", "--key", "s3cret.py")]
    [InlineData("tool", "s3cret")]
    [InlineData("tool", "-s3cret")]
    [InlineData("tool", "--s3cret")]
    [InlineData("postgres: me s3cret")]
    [InlineData("mysql -p s3cret")]
    [InlineData("java", "-Dpw=s3cret", "-jar", "app.jar")]
    [InlineData("procdedup", "lock", "n", "--coordinator", "s3cret", "--", "tool", "-x", "s3cret")]
    [InlineData("dotnet", "/opt/procdedup.dll", "lock", "n", "--", "sh", "-c", "s3cret")]
    public void No_secret_is_shown(params string[] arguments) =>
        Assert.DoesNotContain("s3cret", RedactedCommandLine.Of(arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("dotnet restore src/App.csproj", "/usr/bin/dotnet", "restore", "src/App.csproj")]
    [InlineData("make -j …", "make", "-j", "8", "all")]
    [InlineData("make all", "make", "all")]
    [InlineData("curl https://host/…", "curl", "https://host/a/file.zip")]
    [InlineData("git clone https://host:8443/…", "git", "clone", "https://host:8443/repo")]
    [InlineData("git clone …", "git", "clone", "https://me:pw@host/repo", "there")]
    [InlineData("tool --token … --verbose", "tool", "--token", "abc", "--verbose")]
    [InlineData("tool --output=… --force", "tool", "--output=x", "--force")]
    [InlineData("bash ./deploy.sh …", "/bin/bash", "./deploy.sh", "production")]
    [InlineData("pwsh -NoProfile -File ./deploy.ps1", "/opt/microsoft/pwsh", "-NoProfile", "-File", "./deploy.ps1")]
    [InlineData("sh -c …", "sh", "-c", "sleep 3", "x")]
    [InlineData("nginx", "nginx: worker process")]
    [InlineData("procdedup lock … -- bash ./deploy.sh", "/usr/bin/procdedup", "lock", "rollout", "--", "/bin/bash", "./deploy.sh")]
    [InlineData("procdedup guard-command … -- bash ./deploy.sh …", "/usr/bin/procdedup", "guard-command", "5", "4711", "--", "/bin/bash", "./deploy.sh", "x")]
    [InlineData("dotnet /opt/procdedup.dll lock … -- make test", "dotnet", "/opt/procdedup.dll", "lock", "rollout", "--", "make", "test")]
    public void What_is_known_to_be_harmless_is_shown(string shown, params string[] arguments) =>
        Assert.Equal(shown, RedactedCommandLine.Of(arguments));

    [Fact]
    public void What_a_program_printed_holds_no_secret_of_the_environment_whatever_it_looks_like()
    {
        string mark = Guid.NewGuid().ToString("N")[..8];
        (string Name, string Value)[] variables =
        [
            ("TEST_DB_PW", "horse " + mark), ("TEST_FEED_URL", $"https://me:{mark}x@feed.example/v3"), ("TEST_DEPLOY_KEY", $"-----BEGIN-----\n{mark}line\n-----END-----"),
        ];
        Array.ForEach(variables, v => Environment.SetEnvironmentVariable(v.Name, v.Value));
        try
        {
            string shown = RedactedCommandLine.OfOutput($"cannot log in with 'horse {mark}' at feed.example: {mark}x, ({mark}line)");
            Assert.Equal("cannot log in with '***' at feed.example: ***, (***)", shown);
        }
        finally
        {
            Array.ForEach(variables, v => Environment.SetEnvironmentVariable(v.Name, null));
        }
    }

    [Fact]
    public void It_is_short_and_holds_no_control_characters()
    {
        string text = RedactedCommandLine.Of(["tool", "a\u001b[2Jb\r\n", new string('é', 30) + " " + new string('x', 10_000)]);
        Assert.InRange(text.Length, 1, 200);
        Assert.DoesNotContain(text, char.IsControl);
    }

    [Fact]
    public void Hostile_arguments_do_not_take_long()
    {
        string hostile = string.Concat(System.Linq.Enumerable.Repeat("://a?", 20_000));
        _ = RedactedCommandLine.Of(["tool", hostile, new string('@', 100_000), new string('=', 100_000)]);
    }

    [Fact]
    public void No_arguments_are_no_error() => Assert.Equal("", RedactedCommandLine.Of([]));
}
