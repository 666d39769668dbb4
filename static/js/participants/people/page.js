// Every page of a participant's: the menu, forms that are sent once, times told in their language.

import { sendOnce } from "../../forms.js";
import "../../menus.js";
import "../../times.js";
import { gettext } from "../words/words.js";

sendOnce(gettext("One moment…"));
