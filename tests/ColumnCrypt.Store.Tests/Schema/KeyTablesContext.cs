using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ColumnCrypt.Store.Tests.Schema;

/// <summary>An application whose only migration creates the key tables.</summary>
public sealed class KeyTablesContext(DbContextOptions<KeyTablesContext> options) : DbContext(options)
{
    [DbContext(typeof(KeyTablesContext)), Migration("20260101000000_KeyTables")]
    public sealed class KeyTables : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateColumnCryptTables();
    }
}
