using System;
using System.Linq;
using System.Linq.Expressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A row that one of this project, Microsoft.Data.Sqlite and Entity Framework has written is found by the other two.</summary>
public sealed class SharedValueTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_row_of_one_library_is_found_by_the_others()
    {
        Shared(true);
        Shared((byte)200);
        Shared((sbyte)-7);
        Shared((short)-7);
        Shared((ushort)7);
        Shared(int.MinValue);
        Shared(uint.MaxValue);
        Shared(long.MaxValue);
        Shared((ulong)long.MaxValue);
        Shared(DayOfWeek.Friday);
        Shared(0.1);
        Shared(double.PositiveInfinity);
        Shared(1.5f);
        Shared(1.10m);
        Shared(5m);
        Shared(1234567890.12345678901234567m);
        Shared("");
        Shared("ä ☃ 𝄞");
        Shared("a\0b");
        Shared('x');
        Shared(new byte[] { 0, 1, 255 });
        Shared(new Guid("00112233-4455-6677-8899-aabbccddeeff"));
        Shared(new DateTime(2024, 2, 29, 13, 0, 1, DateTimeKind.Utc));
        Shared(new DateTime(2024, 2, 29, 13, 0, 1, DateTimeKind.Local).AddTicks(7));
        Shared(new DateTime(2024, 2, 29));
        Shared(new DateTimeOffset(2024, 2, 29, 13, 0, 1, TimeSpan.FromHours(-5.5)).AddMilliseconds(20));
        Shared(new DateOnly(2024, 2, 29));
        Shared(new TimeOnly(13, 0));
        Shared(new TimeOnly(13, 0, 1).Add(TimeSpan.FromTicks(1)));
        Shared(TimeSpan.FromSeconds(90));
        Shared(-new TimeSpan(3, 4, 5, 6, 7));
    }

    [Fact]
    public void What_the_provider_refuses_is_found_as_its_text()
    {
        var connection = new SqliteConnection($"Data Source={_place.File("text.db")};Pooling=False");
        foreach ((object given, string text) in new (object, string)[] { (new Version(1, 2, 3), "1.2.3"), (new Uri("https://a.example/ä?b#c"), "https://a.example/ä?b#c") })
        {
            SqliteRunner.Run(_place.File("text.db"), null, tx => tx.Execute("CREATE TABLE IF NOT EXISTS t(v)") + tx.Execute("INSERT INTO t VALUES(?)", SqliteParameters.Ordered(given)));
            Assert.Equal(1L, Count(connection, "SELECT count(*) FROM t WHERE v = @v", text));
        }
    }

    private void Shared<T>(T value)
        where T : notnull
    {
        string file = _place.File(Guid.NewGuid().ToString("N") + ".db");
        _ = SqliteLibrary.Current;
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        using (var context = new Context<T>(connection))
        {
            context.Database.EnsureCreated();
            context.Add(new Row<T> { Id = 1, Value = value });
            context.SaveChanges();
        }

        Assert.Equal(1, SqliteRunner.Run(file, null, tx => tx.Execute("INSERT INTO Rows VALUES(2, ?)", SqliteParameters.Ordered(value))).Value);
        Assert.Equal(0L, Count(connection, "INSERT INTO Rows VALUES(3, @v); SELECT 0", value));

        object? ours = SqliteRunner.Run(file, null, tx => tx.Query("SELECT count(*) FROM Rows WHERE Value = @v", SqliteParameters.Named([new("v", value)]))[0][0]).Value;
        Assert.Equal((typeof(T), 3L), (typeof(T), ours));
        Assert.Equal((typeof(T), 3L), (typeof(T), Count(connection, "SELECT count(*) FROM Rows WHERE Value = @v", value)));
        using (var context = new Context<T>(connection))
        {
            Assert.Equal((typeof(T), 3), (typeof(T), context.Rows.Count(Has(value))));
            Assert.All(context.Rows.ToList(), row => Assert.Equal(value, row.Value));
        }
    }

    private static long Count(SqliteConnection connection, string sql, object value)
    {
        connection.Open();
        try
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            command.Parameters.AddWithValue("@v", value);
            return (long)command.ExecuteScalar()!;
        }
        finally
        {
            connection.Close();
        }
    }

    // row => row.Value == value, which C# does not know of every type.
    private static Expression<Func<Row<T>, bool>> Has<T>(T value)
    {
        ParameterExpression row = Expression.Parameter(typeof(Row<T>));
        Expression given = Expression.Property(Expression.Constant(new Row<T> { Value = value }), nameof(Row<T>.Value));
        return Expression.Lambda<Func<Row<T>, bool>>(Expression.Equal(Expression.Property(row, nameof(Row<T>.Value)), given), row);
    }

    private sealed class Row<T>
    {
        public int Id { get; set; }

        public T Value { get; set; } = default!;
    }

    private sealed class Context<T>(SqliteConnection connection) : DbContext
    {
        public DbSet<Row<T>> Rows => Set<Row<T>>();

        protected override void OnConfiguring(DbContextOptionsBuilder builder) => builder.UseSqlite(connection);

        protected override void OnModelCreating(ModelBuilder builder) => builder.Entity<Row<T>>().ToTable("Rows");
    }
}
