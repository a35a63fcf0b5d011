namespace ColumnCrypt.Metadata;

/// <summary>The state of a job. Written by name in the key tables.</summary>
public enum JobState
{
    /// <summary>Asked for by somebody without a KEK identity; an operator has not approved it, and it carries no mac.</summary>
    Requested,

    /// <summary>May run, or go on; nobody holds its lease.</summary>
    Ready,

    /// <summary>Somebody holds its lease, or held it until he died.</summary>
    Running,

    /// <summary>Done, without a failed record or with some: see its counters.</summary>
    Completed,

    /// <summary>Stopped for a reason that it cannot mend; an operator may make it Ready again.</summary>
    Stopped,

    /// <summary>Withdrawn by an operator.</summary>
    Cancelled,
}
