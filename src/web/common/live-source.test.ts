import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test } from "node:test";
import type { AddressInfo } from "node:net";
import { EventSource as NodeEventSource } from "undici";
import { createLiveSource, type LiveState } from "./live-source.ts";

interface Numbers {
  readonly number: { readonly n: number };
}

/** A server whose nth connection is answered by the nth handler, the last one for all after it. */
async function serve(...handlers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  let asked = 0;
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(asked, handlers.length - 1)];
    asked += 1;
    handler?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    open: (path: string) => new NodeEventSource(`http://127.0.0.1:${port}${path}`) as unknown as EventSource,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const streams =
  (...numbers: number[]) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const n of numbers) response.write(`event: number\ndata: ${JSON.stringify({ n })}\n\n`);
  };

const quick = { minDelayMs: 5, maxDelayMs: 20 };

/** Listens until `enough` numbers were heard. */
async function listen(
  server: Awaited<ReturnType<typeof serve>>,
  options: { enough: number; stillSignedIn?: () => Promise<boolean>; silenceMs?: number },
) {
  const heard: number[] = [];
  const states: LiveState[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const source = createLiveSource<Numbers>(
    {
      path: "/live",
      on: {
        number: ({ n }) => {
          heard.push(n);
          if (heard.length === options.enough) resolve();
        },
      },
      onState: (state) => states.push(state),
      ...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
    },
    { open: server.open, stillSignedIn: options.stillSignedIn ?? (async () => true), ...quick },
  );
  await promise;
  source.close();
  return { heard, states };
}

test("hands out events by name, and says that it is connected", async () => {
  await using server = await serve(streams(1, 2));
  assert.deepEqual(await listen(server, { enough: 2 }), { heard: [1, 2], states: ["connecting", "connected"] });
});

test("a connection that breaks is made again, and told as lost in between", async () => {
  await using server = await serve((request, response) => {
    streams(1)(request, response);
    setTimeout(() => response.destroy(), 20);
  }, streams(2));
  assert.deepEqual(await listen(server, { enough: 2 }), { heard: [1, 2], states: ["connecting", "connected", "lost", "connected"] });
});

test("goes on after an answer that is no stream, while the session is good", async () => {
  const refuse = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end();
  await using server = await serve(refuse, refuse, streams(1));
  let asked = 0;
  const stillSignedIn = async (): Promise<boolean> => {
    asked += 1;
    return true;
  };
  assert.deepEqual((await listen(server, { enough: 1, stillSignedIn })).heard, [1]);
  assert.equal(asked, 2);
});

test("ends when the session is over", async () => {
  await using server = await serve((_request, response) => void response.writeHead(401).end());
  const { promise, resolve } = Promise.withResolvers<void>();
  const source = createLiveSource<Numbers>(
    { path: "/live", on: { number: () => assert.fail("there is no event") } },
    {
      open: server.open,
      stillSignedIn: async () => {
        resolve();
        return false;
      },
      ...quick,
    },
  );
  await promise;
  await new Promise((done) => setTimeout(done, 100));
  assert.equal(server.asked(), 1);
  source.close();
});

test("a connection without a word for too long is made again", async () => {
  await using server = await serve(streams(1), streams(2));
  assert.deepEqual((await listen(server, { enough: 2, silenceMs: 500 })).heard, [1, 2]);
});

test("what is no JSON is passed over", async () => {
  await using server = await serve((request, response) => {
    streams(1)(request, response);
    response.write("event: number\ndata: {broken\n\n");
    response.write('event: number\ndata: {"n":3}\n\n');
  });
  assert.deepEqual((await listen(server, { enough: 2 })).heard, [1, 3]);
});

test("a page that nobody looks at lets go of its connection, and takes it up again", async () => {
  let open = 0;
  const { promise: letGo, resolve: gone } = Promise.withResolvers<void>();
  await using server = await serve((request, response) => {
    open += 1;
    response.on("close", () => {
      open -= 1;
      gone();
    });
    streams(open)(request, response);
  });
  const page = Object.assign(new EventTarget(), { hidden: false });
  const states: LiveState[] = [];
  let heard = 0;
  const again = Promise.withResolvers<void>();
  const source = createLiveSource<Numbers>(
    {
      path: "/live",
      restAfterMs: 10,
      on: {
        number() {
          heard += 1;
          if (heard === 2) return again.resolve();
          page.hidden = true;
          page.dispatchEvent(new Event("visibilitychange"));
        },
      },
      onState: (state) => states.push(state),
    },
    { open: server.open, stillSignedIn: async () => true, page, ...quick },
  );
  await letGo;
  await new Promise((done) => setTimeout(done, 60));
  assert.deepEqual([server.asked(), open], [1, 0], "it stays away");
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await again.promise;
  source.close();
  assert.deepEqual(states, ["connecting", "connected"], "nothing was lost");
});
