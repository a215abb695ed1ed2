"""Pure arithmetic: functions of their arguments that use no clock, environment, file or connection."""
