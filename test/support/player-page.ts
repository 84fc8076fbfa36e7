// A page of somebody else with the player library on it, as bare as can be: what the player does is seen without the student page.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface PlayerSite {
  /** To be named in CORS_ORIGINS of the master. */
  readonly url: string;
  /** Address of a page that joins at once. Its globals: `player`, `airclass` (figures), `states` (each state that was told). */
  watch(masterUrl: string, className: string, userId: string): string;
  close(): void;
}

const page = `<!doctype html>
<html lang="en">
  <body>
    <video id="video" muted playsinline autoplay width="640"></video>
    <script type="module">
      const asked = new URLSearchParams(location.search);
      const { createClassPlayer } = await import(asked.get("master") + "/airclass-player.js");
      globalThis.states = [];
      globalThis.player = createClassPlayer({
        video: document.querySelector("#video"),
        masterUrl: asked.get("master"),
        className: asked.get("class"),
        userId: asked.get("user"),
        onState: (state) => states.push(state),
      });
      Object.defineProperty(globalThis, "airclass", { get: () => ({ ...player.stats(), state: player.state().phase }) });
    </script>
  </body>
</html>
`;

export async function startPlayerSite(): Promise<PlayerSite> {
  const server = createServer((_request, response) => response.writeHead(200, { "content-type": "text/html" }).end(page));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    watch: (master, className, user) => `${url}/?${new URLSearchParams({ master, class: className, user }).toString()}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
