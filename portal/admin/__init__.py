"""Pages on which administrators and managers change the desk, each change shown with its effect first."""
