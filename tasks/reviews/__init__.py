"""Portfolio reviews: the panel, results, the SLA, and the forecast."""
