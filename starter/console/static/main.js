// What runs on every page. Each page works without it.
import { watchDialogs } from "./dialogs.js";
import { guardDrafts } from "./drafts.js";
import { dragSteps } from "./drag.js";
import { insertFields } from "./fields.js";
import { listenToKeys } from "./keys.js";
import { offerKnown } from "./known.js";
import { showLoading } from "./loading.js";
import { poll } from "./poll.js";
import { showProblems } from "./problems.js";
import { placeCounts } from "./remaining.js";
import { keepTimes } from "./times.js";
import { keepTyped } from "./typed.js";
import { watchUndo } from "./undo.js";

document.documentElement.classList.add("scripts");
showProblems();
showLoading();
watchDialogs();
listenToKeys();
keepTimes();
poll();
watchUndo();
insertFields();
dragSteps();
guardDrafts();
placeCounts();
keepTyped();
offerKnown();
