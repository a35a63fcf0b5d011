namespace ColumnCrypt.Jobs;

/// <summary>How a run of a job ended short of its end.</summary>
internal enum JobStop
{
    /// <summary>It came to its end.</summary>
    None,

    /// <summary>It was asked to stop, or an error ended it: it goes on when it is run again.</summary>
    Cancelled,

    /// <summary>It cannot go on by itself: an operator makes it Ready again.</summary>
    Refused,

    /// <summary>It cannot go on at all: it is withdrawn, and made anew where it is still wanted.</summary>
    Withdrawn,
}
