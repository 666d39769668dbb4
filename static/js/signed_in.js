// Where signing in over a page ends: tell the page behind, and close the window it had opened.

new BroadcastChannel("session").postMessage("signed in");
window.close();
