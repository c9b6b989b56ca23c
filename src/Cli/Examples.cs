using System;
using System.Collections.Generic;

namespace ProcessDedup.Cli;

/// <summary>
/// Examples of every command, which its help shows. A line that begins with # says what the next one is about; every other
/// one is a command line of its own, and run by a test.
/// </summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> OfCommands = new(StringComparer.Ordinal)
    {
        ["procdedup lock"] =
        [
            "# One process at a time; the others wait, and see for whom.",
            "procdedup lock restore --reason \"npm ci\" -- npm ci",
            "# At most four at a time, for ten minutes at most.",
            "procdedup lock downloads --slots 4 --timeout-sec 600 -- curl -O \"$url\"",
            "# Nothing, if somebody else is at it.",
            "procdedup lock nightly --no-wait --on-timeout skip -- ./deploy.sh",
        ],
        ["procdedup locks"] =
        [
            "# Who holds what, and who waits.",
            "procdedup locks",
            "# Everything that is known about one lock, for scripts.",
            "procdedup locks restore --json",
            "# Live, until Ctrl+C.",
            "procdedup locks --watch --interval-sec 1",
        ],
        ["procdedup stop-holder"] =
        [
            "# The holder has ten seconds to end by itself; this asks you first.",
            "procdedup stop-holder restore",
            "# Without asking, as in a script; after two seconds it is killed.",
            "procdedup stop-holder restore --yes --grace-sec 2",
        ],
        ["procdedup clear-stale"] =
        [
            "# What would go.",
            "procdedup clear-stale --dry-run",
            "# What nobody has used for a week.",
            "procdedup clear-stale --older-than-hours 168",
            "# One lock, if nobody holds it or waits for it.",
            "procdedup clear-stale restore --older-than-hours 0",
        ],
        ["procdedup doctor"] =
        [
            "# Do locks work on this machine?",
            "procdedup doctor",
            "# And on this share?",
            "procdedup doctor --directory /mnt/share",
        ],
        ["procdedup completion"] =
        [
            "# For bash; or in ~/.bashrc: source <(procdedup completion bash)",
            "procdedup completion bash > procdedup.bash",
            "# For fish, which reads ~/.config/fish/completions.",
            "procdedup completion fish > procdedup.fish",
        ],
        ["procdedup fetch"] =
        [
            "# The directory in an archive with a known hash; it is in the cache, and read-only.",
            "tool=$(procdedup fetch \"$url\" --sha256 \"$sum\" --unpack --strip-components 1)",
            "# A copy of one's own. The origin is asked at most every hour; if it fails, a day-old answer is better than none.",
            "procdedup fetch \"$url\" --max-age-sec 3600 --stale-if-error-sec 86400 --out ./tool.zip",
            "# A token that stands in no list of processes.",
            "printf 'Authorization: Bearer %s\\n' \"$TOKEN\" | procdedup fetch \"$url\" --header-file -",
        ],
        ["procdedup cache list"] =
        [
            "# What is cached from one host.",
            "procdedup cache list 'https://downloads.example/*'",
            "# Everything, for scripts.",
            "procdedup cache list --json",
        ],
        ["procdedup cache verify"] =
        [
            "# Is all of it what its digests say?",
            "procdedup cache verify",
            "# Only from one host.",
            "procdedup cache verify 'https://downloads.example/*'",
        ],
        ["procdedup cache prune"] =
        [
            "# What would go.",
            "procdedup cache prune --older-than-hours 720 --max-size 20G --dry-run",
            "# What nobody has used for a month, and then the least recently used until there are 20 GB.",
            "procdedup cache prune --older-than-hours 720 --max-size 20G",
        ],
        ["procdedup cache stats"] =
        [
            "# What the cache has saved.",
            "procdedup cache stats",
            "# In the last day, for scripts.",
            "procdedup cache stats --since-hours 24 --json",
        ],
        ["procdedup report"] =
        [
            "# Who waited for whom, and what that saved.",
            "procdedup report",
            "# The last eight hours as a page.",
            "procdedup report --out report.html --since 8h",
        ],
        ["procdedup once"] =
        [
            "# One job of a pipeline runs it; all print its output and end with its exit code.",
            "procdedup once \"migrate-$BUILD_ID\" -- ./migrate.sh",
            "# The result is good for five minutes.",
            "procdedup once status --ttl-sec 300 -- ./migrate.sh",
        ],
        ["procdedup build"] =
        [
            "# One builds, the others wait; the key is the command and the content of the inputs.",
            "out=$(procdedup build tools --input 'src/**/*.c' -- ./build.sh)",
            "# Another store is asked first; a copy of one's own.",
            "procdedup build tools --substituter /srv/cache --out ./tools -- ./build.sh",
        ],
        ["procdedup artifact save"] =
        [
            "# What npm made, by the content of the lock file.",
            "procdedup artifact save modules ./node_modules --input package-lock.json",
            "# One file that is the same on all systems; replace what is there.",
            "procdedup artifact save schema ./schema.json --any-platform --force",
        ],
        ["procdedup artifact restore"] =
        [
            "# Restore it, or make it.",
            "procdedup artifact restore modules --input package-lock.json --out ./node_modules || npm ci",
            "# From another store too.",
            "procdedup artifact restore tools --input package-lock.json --substituter /srv/cache",
        ],
        ["procdedup artifact publish"] =
        [
            "# All artifacts of that name, to a directory or share.",
            "procdedup artifact publish tools --to /srv/cache",
            "# Signed.",
            "procdedup artifact publish tools --to /srv/cache --signing-key ci.pem",
        ],
        ["procdedup artifact list"] =
        [
            "# All of them, the last used first.",
            "procdedup artifact list",
            "# By name, for scripts.",
            "procdedup artifact list 'mod*' --json",
        ],
        ["procdedup sqlite"] =
        [
            "# One statement, committed once however often it has to be tried.",
            "procdedup sqlite queue.db --query 'INSERT INTO job(name) VALUES(@name)' --param name=nightly",
            "# Rows as JSON; := gives a number.",
            "procdedup sqlite queue.db --query 'SELECT * FROM job WHERE id = @id' --param id:=1 --json",
            "# What runs without a transaction.",
            "procdedup sqlite queue.db --no-transaction --query 'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'",
            "# A backup while others write.",
            "procdedup sqlite queue.db --backup queue.backup.db",
        ],
        ["procdedup sqlite-locks"] =
        [
            "# Who has which lock? The file is not opened.",
            "procdedup sqlite-locks queue.db",
            "# Everything that is known, for scripts.",
            "procdedup sqlite-locks queue.db --json",
        ],
    };

    /// <summary>Nothing for a group of commands.</summary>
    public static IReadOnlyList<string> Of(string path) => OfCommands.TryGetValue(path, out string[]? lines) ? lines : [];
}
