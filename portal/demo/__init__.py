"""The demo desk: fictional people and firms whose tickets show every state, made by the real commands."""
