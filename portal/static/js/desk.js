// What the desk and the reports run. portal/assets.py puts the imported files into one; they also run as they are.
import "../vendor/htmx.min.js";
import "./once.js";
import "./theme.js";
import "./dialog.js";
import "./keys.js";
import "./composer.js";
import "./attach.js";
import "./live-poll.js";
import "./queue-list.js";
import "./due-countdown.js";
import "./desk-sheet.js";
import "./caller-search.js";
import "./fetch-part.js";
import "./article-panel.js";
import "./undo-offer.js";
