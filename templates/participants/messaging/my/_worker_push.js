
// --- Notifications -----------------------------------------------------------------------------
// The push service carried this without reading it. The same tag again replaces what is shown.

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data?.json() ?? {};
  } catch {
    // Not one of ours. A notification must be shown all the same, or the browser shows its own.
  }
  event.waitUntil(
    self.registration.showNotification(message.title ?? "", {
      body: message.body ?? "",
      tag: message.tag,
      lang: message.lang,
      data: { url: message.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url || CONFIG.home, self.location.origin);
  const address = wanted.origin === self.location.origin ? wanted.href : CONFIG.home;
  event.waitUntil(openPage(address));
});

async function openPage(address) {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const client of open) {
    if (client.url === address && "focus" in client) return client.focus();
  }
  return self.clients.openWindow(address);
}
