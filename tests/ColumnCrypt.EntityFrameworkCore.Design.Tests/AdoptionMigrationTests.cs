using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

public class AdoptionMigrationTests
{
    private static readonly DateOnly s_until = new(2030, 1, 1);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void EncryptionOfAColumnOfPlaintext_WhenAMigrationIsMade_IsRefusedWithTheWayOut(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static _ => { });
        Insert(database);

        Refused(migrations, static p => p.Property(x => x.Ssn).IsEncrypted("ssn"), "people.ssn holds the plaintext of 'ssn'", "HasColumnName(\"ssn_encrypted\").AdoptFrom(\"ssn\"");
        Refused(migrations, static p => p.Property(x => x.Photo).IsEncrypted("photo"), "people.photo holds the plaintext of 'photo'");
        Refused(migrations, static p => p.Property(x => x.Age).IsEncrypted("age"), "people.age holds the plaintext");

        // A column of another name, which EF takes for the same one renamed, or for one dropped and one added.
        Refused(migrations, static p => p.Property(x => x.Photo).IsEncrypted("photo").HasColumnName("photo_secret"), "people.photo holds the plaintext of 'photo'");
        Refused(migrations, static p => p.Property(x => x.Ssn).IsEncrypted("ssn").HasColumnName("ssn_secret"), "people.ssn holds the plaintext of 'ssn'", "AdoptFrom(\"ssn\"");
        Refused(migrations, static p => Replace(p, encrypted: true), "people.ssn would be dropped with its plaintext, and people.Secret added");

        // The table renamed.
        Refused(migrations, static p => p.ToTable("persons").Property(x => x.Ssn).IsEncrypted("ssn"), "people.ssn holds the plaintext of 'ssn'");
        Refused(
            migrations,
            static p =>
            {
                p.ToTable("persons");
                Replace(p, encrypted: true);
            },
            "people.ssn would be dropped with its plaintext, and persons.Secret added");
        Assert.Equal("000-56-1950", database.Scalar("SELECT ssn FROM people"));
    }

    [Fact]
    public void EncryptionOfAColumn_WhoseTableComesIntoTheDefaultSchema_IsRefused()
    {
        using var database = new TestDatabase(DatabaseKind.PostgreSql);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => p.ToTable("people", "hr"));
        Refused(
            migrations,
            static p =>
            {
                p.ToTable("people", (string?)null);
                p.Property(x => x.Photo).IsEncrypted("photo");
            },
            "hr.people.photo holds the plaintext of 'photo'");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void EncryptionOfBytes_WhichIsNoMigrationForEf_IsAPendingChange(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static _ => { });
        using var db = migrations.Open(static p => p.Property(x => x.Photo).IsEncrypted("photo"));
        Assert.True(db.Database.HasPendingModelChanges());
        Assert.Contains("PendingModelChanges", Assert.Throws<InvalidOperationException>(db.Database.Migrate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void DecryptionOfAColumn_AndAnotherPurpose_AreRefused(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => Encrypt(p));
        Refused(migrations, static p => p.Property(x => x.Ssn).IsEncrypted("ssn"), "people.photo holds the ciphertext of 'photo'");
        Refused(migrations, static p => p.Property(x => x.Photo).IsEncrypted("photo"), "people.ssn holds the ciphertext of 'ssn'", "columncrypt adopt --back");
        Refused(migrations, static p => Encrypt(p, "patient.ssn"), "[Encrypted(\"ssn\")]");
        Refused(
            migrations,
            static p =>
            {
                p.Property(x => x.Photo).IsEncrypted("photo");
                Replace(p, encrypted: false);
            },
            "people.ssn would be dropped with the ciphertext of 'ssn', and people.Secret added");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void AColumnThatIsDroppedFirstAndAddedLater_AndOneOfANewTable_ArePossible(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static _ => { });
        Insert(database);
        migrations.Run("Dropped", static p => p.Ignore(x => x.Ssn));
        Assert.Contains("ssn", migrations.Run("Added", static p => p.Property(x => x.Ssn).IsEncrypted("ssn")), StringComparison.Ordinal);
        Assert.Equal(0L, Convert.ToInt64(database.Scalar("SELECT length(ssn) FROM people"), null));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void Adoption_StepByStep_IsColumnsAddedAndDropped(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => p.HasIndex(x => x.Ssn).IsUnique());
        Insert(database);

        string begun = migrations.Run("Adopting", static p => Adopt(p));
        Assert.Equal(4, begun.Split("migrationBuilder.AddColumn<byte[]>").Length); // two columns, the index of one, and what stands before the first
        Assert.DoesNotContain("RenameColumn", begun, StringComparison.Ordinal);
        Assert.DoesNotContain("DropIndex(\n                name: \"IX_people_ssn\"", begun[..begun.IndexOf("void Down", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.Equal("000-56-1950", database.Scalar("SELECT ssn FROM people WHERE length(ssn_encrypted) = 0 AND length(note_encrypted) = 0 AND ssn_encrypted_bi IS NULL"));

        // An old version goes on.
        database.Execute("INSERT INTO people (ssn, photo) VALUES ('000-56-1951', '')");
        Assert.Equal(2L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM people WHERE length(ssn_encrypted) = 0 AND length(note_encrypted) = 0"), null));
        Assert.ThrowsAny<System.Data.Common.DbException>(() => database.Execute("INSERT INTO people (ssn, photo) VALUES ('000-56-1951', '')"));

        // The column of plaintext may go once it is empty.
        migrations.Take(migrations.Add("Adopted", static p => Adopted(p)));
        using (var db = migrations.Open(static p => Adopted(p)))
        {
            string refused = Assert.ThrowsAny<System.Data.Common.DbException>(db.Database.Migrate).Message;
            Assert.Contains("people.note still holds plaintext", refused, StringComparison.Ordinal);
            Assert.Contains("columncrypt adopt --clear", refused, StringComparison.Ordinal);
        }

        database.Execute("UPDATE people SET ssn = NULL, note = NULL");
        string script = migrations.Script(static p => Adopted(p), "Adopting");
        using (var db = migrations.Open(static p => Adopted(p)))
        {
            Assert.False(db.Database.HasPendingModelChanges());
            db.Database.Migrate();
        }

        Assert.Equal(2L, Convert.ToInt64(database.Scalar("SELECT count(*) FROM people WHERE length(ssn_encrypted) = 0"), null));
        Assert.ThrowsAny<System.Data.Common.DbException>(() => database.Scalar("SELECT ssn FROM people"));
        if (kind == DatabaseKind.PostgreSql)
        {
            Assert.Contains("ALTER COLUMN ssn_encrypted DROP DEFAULT", script, StringComparison.Ordinal);
            Assert.ThrowsAny<System.Data.Common.DbException>(() => database.Execute("INSERT INTO people (photo) VALUES ('')"));
        }
    }

    [Fact]
    public void AnAdoptionsMigration_OnPostgreSql_WritesNoTableAnew()
    {
        using var database = new TestDatabase(DatabaseKind.PostgreSql);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static _ => { });
        Insert(database);
        object? file = database.Scalar("SELECT pg_relation_filenode('people')");
        migrations.Run("Adopting", static p => Adopt(p));
        database.Execute("UPDATE people SET ssn = NULL, note = NULL");
        migrations.Run("Adopted", static p => Adopted(p));
        Assert.Equal(file, database.Scalar("SELECT pg_relation_filenode('people')"));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void TheWayBack_WhileCiphertextIsNotDecrypted_IsRefused(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static _ => { });
        Insert(database);
        migrations.Run("Adopting", static p => Adopt(p));
        database.Execute($"UPDATE people SET ssn = NULL, ssn_encrypted = {(kind == DatabaseKind.Sqlite ? "X'C1'" : "'\\xc1'")}");
        using var db = migrations.Open(static p => Adopt(p));
        string refused = Assert.ThrowsAny<System.Data.Common.DbException>(() => db.Database.Migrate("First")).Message;
        Assert.Contains("people.ssn_encrypted holds values that are not decrypted in ssn", refused, StringComparison.Ordinal);
        database.Execute("UPDATE people SET ssn = '000-56-1950'");
        db.Database.Migrate("First");
        Assert.Equal("000-56-1950", database.Scalar("SELECT ssn FROM people"));
        Assert.ThrowsAny<System.Data.Common.DbException>(() => database.Scalar("SELECT ssn_encrypted FROM people"));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void AdoptionInPlace_ChangesNoColumn_AndAddsThoseOfIndexesAlone(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => Text(p));
        Insert(database);
        object? file = kind == DatabaseKind.PostgreSql ? database.Scalar("SELECT pg_relation_filenode('people')") : null;
        using (var db = migrations.Open(static p => AdoptInPlace(p)))
        {
            Assert.False(db.Database.HasPendingModelChanges());
            db.Database.Migrate();
        }

        Assert.DoesNotContain("migrationBuilder.", UpOf(migrations.Add("Adopting", static p => AdoptInPlace(p)).MigrationCode), StringComparison.Ordinal);
        string indexed = UpOf(migrations.Run("Indexed", static p => AdoptInPlace(p, isIndexed: true)));
        Assert.Equal(3, indexed.Split("migrationBuilder.").Length); // what stands before the first, the column, and its index
        Assert.Contains("name: \"ssn_bi\"", indexed, StringComparison.Ordinal);
        Assert.Contains("migrationBuilder.CreateIndex", indexed, StringComparison.Ordinal);
        Assert.Equal("000-56-1950", database.Scalar("SELECT ssn FROM people"));
        Assert.Equal(file, kind == DatabaseKind.PostgreSql ? database.Scalar("SELECT pg_relation_filenode('people')") : null);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void ColumnOfText_TakenForWhatItsRowsAreNotYet_StopsTheMigration(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => Text(p));
        Insert(database);
        migrations.Run("Adopting", static p => AdoptInPlace(p));

        // Ciphertext alone, while there is plaintext.
        migrations.Take(migrations.Add("Adopted", static p => AdoptedInPlace(p)));
        Stopped(static p => AdoptedInPlace(p), "people.ssn still holds plaintext: its adoption is not over. Run: columncrypt adopt --complete");
        database.Execute("UPDATE people SET ssn = 'cc1:AA'");
        Migrate(static p => AdoptedInPlace(p));

        // Plaintext alone, while there is ciphertext.
        Refused(migrations, static p => Text(p), "AdoptInPlace(until: …) in the place of HasTextForm()", "columncrypt adopt --back");
        Assert.DoesNotContain("migrationBuilder.", UpOf(migrations.Run("Leaving", static p => AdoptInPlace(p))), StringComparison.Ordinal);
        using (var db = migrations.Open(static p => Text(p)))
        {
            Assert.True(db.Database.HasPendingModelChanges());
        }

        migrations.Take(migrations.Add("Returned", static p => Text(p)));
        Stopped(static p => Text(p), "people.ssn holds values that are not decrypted. Run: columncrypt adopt --back");
        database.Execute("UPDATE people SET ssn = '000-56-1950'");
        Migrate(static p => Text(p));
        Assert.Equal("000-56-1950", database.Scalar("SELECT ssn FROM people"));

        void Migrate(Action<EntityTypeBuilder<Person>> build)
        {
            using var db = migrations.Open(build);
            db.Database.Migrate();
        }

        void Stopped(Action<EntityTypeBuilder<Person>> build, string why) =>
            Assert.Contains(why, Assert.ThrowsAny<System.Data.Common.DbException>(() => Migrate(build)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void ColumnOfText_ThatWouldBeCopiedAsItIs_IsRefused(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => Text(p));
        Refused(migrations, static p => AdoptedInPlace(p), "people.ssn holds the plaintext of 'ssn'", "AdoptInPlace(until: …)");
        migrations.Run("Adopting", static p => AdoptInPlace(p));
        Refused(migrations, static p => p.Property(x => x.Ssn).IsEncrypted("ssn"), "people.ssn holds ciphertext as text, and the model has it as bytes", "Keep HasTextForm()");
        Refused(
            migrations,
            static p =>
            {
                p.Ignore(x => x.Ssn);
                p.Property<int>("Number").HasColumnName("ssn");
            },
            "people.ssn holds the ciphertext of 'ssn'");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void RenameOfWhatIsAdopted_WhenAMigrationIsMade_IsRefusedWithTheWayOut(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => Text(p));
        Insert(database);

        // Before it begins a rename is one.
        migrations.Run("Renamed", static p =>
        {
            Text(p);
            p.ToTable("persons");
        });
        migrations.Run("Back", static p => Text(p));
        migrations.Run("Adopting", static p => Mixed(p));
        Refused(
            migrations,
            static p =>
            {
                Mixed(p);
                p.Property(x => x.Note).HasColumnName("note_secret");
            },
            "people.note_encrypted (from note) would become people.note_secret (from note) while 'note' is adopted",
            "HasColumnName(\"note_encrypted\"), AdoptFrom(\"note\", until: …)",
            "behind the one that takes AdoptFrom out of the model");
        Refused(
            migrations,
            static p =>
            {
                Mixed(p);
                p.Property(x => x.Note).AdoptFrom("remark", s_until);
            },
            "people.note_encrypted (from note) would become people.note_encrypted (from remark)");
        Refused(
            migrations,
            static p =>
            {
                Mixed(p);
                p.ToTable("persons");
            },
            "people.note_encrypted (from note) would become persons.note_encrypted (from note)",
            "people.ssn would become persons.ssn while 'ssn' is adopted",
            "takes AdoptInPlace out of the model");
        Refused(
            migrations,
            static p =>
            {
                Mixed(p);
                p.Property(x => x.Ssn).HasColumnName("number");
            },
            "people.ssn would become people.number");

        // Another property under the purpose: the columns are others, too.
        Refused(
            migrations,
            static p =>
            {
                AdoptInPlace(p);
                p.Ignore(x => x.Note);
                p.Property<string?>("Remark").IsEncrypted("note").HasColumnName("remark_encrypted").AdoptFrom("remark", s_until);
            },
            "people.note_encrypted (from note) would become people.remark_encrypted (from remark)");

        // Under another name of the property alone nothing is renamed, and once it is over everything may be.
        Assert.DoesNotContain("migrationBuilder.", UpOf(migrations.Run("Property", static p =>
        {
            AdoptInPlace(p);
            p.Ignore(x => x.Note);
            p.Property<string?>("Remark").IsEncrypted("note").HasColumnName("note_encrypted").AdoptFrom("note", s_until);
        })), StringComparison.Ordinal);
        database.Execute("UPDATE people SET note = NULL, ssn = 'cc1:AA'");
        migrations.Run("Over", static p => Over(p));
        migrations.Run("RenamedLater", static p =>
        {
            Over(p);
            p.ToTable("persons").Property(x => x.Note).HasColumnName("note_secret");
        });

        static void Mixed(EntityTypeBuilder<Person> person)
        {
            AdoptInPlace(person);
            person.Property(static p => p.Note).IsEncrypted("note").HasColumnName("note_encrypted").AdoptFrom("note", s_until);
        }

        static void Over(EntityTypeBuilder<Person> person)
        {
            AdoptedInPlace(person);
            person.Property(static p => p.Note).IsEncrypted("note").HasColumnName("note_encrypted");
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public void DefaultOfAColumnOfPlaintext_IsKeptWhileOldVersionsNeedIt_AndDroppedBeforeItIsCleared(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        var migrations = new PersonMigrations(database);
        migrations.Run("First", static p => Defaults(p));
        migrations.Run("Adopting", static p =>
        {
            Defaults(p);
            p.Property(x => x.Ssn).IsEncrypted("ssn").AdoptInPlace(s_until);
            p.Property(x => x.Note).IsEncrypted("note").HasColumnName("note_encrypted").AdoptFrom("note", s_until);
            p.Property(x => x.Age).IsEncrypted("age").HasColumnName("age_encrypted").AdoptFrom("age", s_until);
        });

        // An old version leaves them to the database.
        database.Execute("INSERT INTO people (photo) VALUES ('')");
        Assert.Equal("none it's a note 21 0 0", database.Scalar("SELECT ssn || ' ' || note || ' ' || age || ' ' || length(note_encrypted) || ' ' || length(age_encrypted) FROM people"));

        // Out of the model once no old version runs.
        string dropped = UpOf(migrations.Run("Later", static p =>
        {
            Text(p);
            p.Property(x => x.Ssn).IsEncrypted("ssn").AdoptInPlace(s_until);
            p.Property(x => x.Note).IsEncrypted("note").HasColumnName("note_encrypted").AdoptFrom("note", s_until);
            p.Property(x => x.Age).IsEncrypted("age").HasColumnName("age_encrypted").AdoptFrom("age", s_until);
        }));
        Assert.Equal(4, dropped.Split("migrationBuilder.AlterColumn").Length);
        database.Execute("INSERT INTO people (photo, ssn) VALUES ('', 'given')");
        Assert.Equal("1", database.Scalar("SELECT count(note) || '' FROM people"));

        static void Defaults(EntityTypeBuilder<Person> person)
        {
            Text(person);
            person.Property(static p => p.Ssn).HasDefaultValue("none");
            person.Property(static p => p.Note).HasDefaultValue("it's a note");
            person.Property(static p => p.Age).HasDefaultValueSql("20 + 1");
        }
    }

    private static string UpOf(string code) => code[..code.IndexOf("void Down", StringComparison.Ordinal)];

    private static void Text(EntityTypeBuilder<Person> person) => person.Property(static p => p.Ssn).HasColumnType("text");

    private static void AdoptInPlace(EntityTypeBuilder<Person> person, bool isIndexed = false)
    {
        Text(person);
        var ssn = person.Property(static p => p.Ssn).IsEncrypted("ssn").AdoptInPlace(s_until);
        if (isIndexed)
        {
            ssn.HasBlindIndex();
        }
    }

    private static void AdoptedInPlace(EntityTypeBuilder<Person> person)
    {
        Text(person);
        person.Property(static p => p.Ssn).IsEncrypted("ssn").HasTextForm();
    }

    private static void Encrypt(EntityTypeBuilder<Person> person, string purpose = "ssn")
    {
        person.Property(static p => p.Ssn).IsEncrypted(purpose);
        person.Property(static p => p.Photo).IsEncrypted("photo");
    }

    private static void Replace(EntityTypeBuilder<Person> person, bool encrypted)
    {
        person.Ignore(static p => p.Ssn);
        var secret = person.Property<string>("Secret");
        if (encrypted)
        {
            secret.IsEncrypted("secret");
        }
    }

    private static void Adopt(EntityTypeBuilder<Person> person)
    {
        var ssn = person.Property(static p => p.Ssn).IsEncrypted("ssn").HasColumnName("ssn_encrypted").AdoptFrom("ssn", s_until);
        ssn.HasBlindIndex().IsUnique();
        person.HasIndex(static p => p.Ssn).IsUnique();
        person.Property(static p => p.Note).IsEncrypted("note").HasColumnName("note_encrypted").AdoptFrom("note", s_until);
    }

    private static void Adopted(EntityTypeBuilder<Person> person)
    {
        person.Property(static p => p.Ssn).IsEncrypted("ssn").HasColumnName("ssn_encrypted").HasBlindIndex().IsUnique();
        person.Property(static p => p.Note).IsEncrypted("note").HasColumnName("note_encrypted");
    }

    private static void Insert(TestDatabase database) => database.Execute("INSERT INTO people (ssn, note, photo, age) VALUES ('000-56-1950', 'plain', '', 7)");

    private static void Refused(PersonMigrations migrations, Action<EntityTypeBuilder<Person>> build, params string[] parts)
    {
        string message = Assert.Throws<EncryptionModelException>(() => migrations.Add("Refused", build)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
