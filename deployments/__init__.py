"""The when and where: season policy files, schedules, command line, sandbox servers, sample season."""
