"""Pure parts of channels: what may stand in a header of a mail, and how a mail is put together."""
