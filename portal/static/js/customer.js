// What a customer's page runs. portal/assets.py puts the imported files into one; they also run as they are.
import "./once.js";
import "./theme.js";
import "./dialog.js";
import "./composer.js";
import "./kept-draft.js";
import "./attach.js";
import "./type-ahead.js";
import "./fetch-part.js";
import "./live-poll.js";
