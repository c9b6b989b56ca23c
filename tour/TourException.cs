using System;

namespace ProcessDedup.Tour;

/// <summary>The tour cannot go on: a program is missing, did not build, or ended with an error.</summary>
internal sealed class TourException(string message) : Exception(message);
