using System;
using System.Globalization;
using System.Linq;
using System.Text;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>Names of locks without regard to case, by the table of <see cref="CaseFolding"/>, in the server's own functions too.</summary>
internal static class SchemaFolding
{
    /// <summary>The same as <see cref="LockName"/>; tests compare them.</summary>
    public static string Definition { get; } =
        $"""
        CREATE FUNCTION procdedup.encoded_name(name text) RETURNS text
          LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $f$
        DECLARE
          white constant text := '[\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]';
          reason text;
          encoded text;
        BEGIN
          reason := CASE
            WHEN name IS NULL OR name COLLATE "C" ~ ('^' || white || '*$') THEN 'it is empty'
            WHEN name COLLATE "C" ~ ('^' || white || '|' || white || '$') THEN 'it begins or ends with white space'
            WHEN left(name, 1) = '.' OR right(name, 1) = '.' THEN 'it begins or ends with a dot'
            WHEN strpos(name, '/') > 0 OR strpos(name, '\') > 0 THEN 'it contains a separator'
            WHEN name COLLATE "C" ~ '[\u0001-\u001F\u007F-\u009F]' THEN 'it contains a control character'
            WHEN name COLLATE "C" ~ '[{Invisible()}]' THEN 'it contains an invisible character'
          END;
          IF reason IS NULL THEN
            encoded := normalize(translate(normalize(name, NFC), '{Characters(pair => pair.From)}', '{Characters(pair => pair.To)}'), NFC);
            encoded := replace(encoded, '%', '%25');
            encoded := replace(replace(replace(replace(encoded, '<', '%3C'), '>', '%3E'), ':', '%3A'), '"', '%22');
            encoded := replace(replace(replace(encoded, '|', '%7C'), '?', '%3F'), '*', '%2A');
            IF encoded COLLATE "C" ~* '^(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\.|$)' THEN
              encoded := '%' || upper(to_hex(ascii(encoded))) || substr(encoded, 2);
            END IF;
            IF octet_length(encoded) > 180 THEN
              reason := 'it takes more than 180 bytes';
            END IF;
          END IF;
          IF reason IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
              MESSAGE = format('%L is not a lock name: %s', left(name, 100), reason), HINT = 'Give a name such as ''nuget-restore''.';
          END IF;
          RETURN encoded;
        END $f$;

        """;

    private static string Characters(Func<(int From, int To), int> which) =>
        string.Concat(CaseFolding.All.Select(pair => char.ConvertFromUtf32(which(pair))));

    private static string Invisible()
    {
        var text = new StringBuilder();
        ReadOnlySpan<int> runs = InvisibleCharacters.All;
        for (int i = 0; i < runs.Length; i += 2)
            text.Append(CultureInfo.InvariantCulture, $"\\U{runs[i]:X8}-\\U{runs[i + 1]:X8}");
        return text.ToString();
    }
}
