using System.CommandLine;
using System.CommandLine.Help;
using ColumnCrypt.Tool.Audit;
using ColumnCrypt.Tool.Backup;
using ColumnCrypt.Tool.Completion;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Doctor;
using ColumnCrypt.Tool.Indexes;
using ColumnCrypt.Tool.Jobs;
using ColumnCrypt.Tool.Keks;
using ColumnCrypt.Tool.Keys;
using ColumnCrypt.Tool.Ledger;
using ColumnCrypt.Tool.Rewrap;
using ColumnCrypt.Tool.Rows;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Shred;
using ColumnCrypt.Tool.Signing;
using ColumnCrypt.Tool.Store;
using ColumnCrypt.Tool.Tenants;
using ColumnCrypt.Tool.Values;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    private const string Name = "columncrypt";

    public static RootCommand Create(GlobalOptions options, CliEnvironment environment)
    {
        var root = new RootCommand("The life of ColumnCrypt's keys, for operators. Exit codes: 0 done, 1 failed, 2 usage. See docs/cli.md.")
        {
            new InitStore(),
            new ShowStatus(),
            new Examine(),
            new BackUp(),
            new Restore(),
            Group("tenants", "Whose keys there are.", new ListTenants(), new ShowTenant(), new SetTenantKek()),
            Group("keys", "A tenant's keys.", new ListKeys(), new ShowKey(), new CountRows(), new RotateKey(), new SuspendKey(), new ResumeKey(), new CompromiseKey(), new DestroyKey()),
            new InspectValue(),
            new ReencryptRows(),
            new AdoptColumn(),
            Group("index", "Blind indexes.", new PlanIndex()),
            Group("keks", "The KEKs that wrap keys.", new ListKeks(), new CreateKek(), new SplitKek(), new JoinKek(), new AddKek(), new CheckKek(), new RetireKek(), new DestroyKek()),
            new RewrapKeys(),
            Group("jobs", "Work that was asked for, or goes on.", new ListJobs(), new ApproveJob(), new CancelJob(), new RunJobs()),
            Group(
                "shred",
                "The end of a tenant's keys.",
                new ScheduleShred(), new CancelShred(), new HoldTenant(), new ReleaseTenant(), new ShredNow(), new ShredDue(), new ClearIndexes(), new CertifyShred(), new VerifyShred()),
            Group("signing", "The operator's signing key.", new CreateSigningKey()),
            Group("ledger", "The list of shredded keys outside the database.", new CreateLedger()),
            Group("audit", "Who did what, when and why.", new ListAudit(), new VerifyAudit(), new ExportAudit(), new TakeCheckpoint()),
            new PrintCompletion(),
        };
        options.AddTo(root);
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExamples(environment);
        return root;
    }

    /// <summary>The names that lead to a command, the program's first.</summary>
    public static IEnumerable<string> PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? PathOf(parent).Append(command.Name)
        : [Name];

    private static Command Group(string name, string description, params Verb[] verbs)
    {
        var group = new Command(name, description);
        Array.ForEach(verbs, group.Add);
        return group;
    }
}
