// A real Firefox for end-to-end tests, as it is installed, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi): the few
// commands that tests of pages need. Knows no page.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { childEnvironment, startChild, type Child } from "../../src/shared/process/child.ts";
import { eventually } from "./eventually.ts";

export interface FirefoxPage {
  /** What the page itself complained of: uncaught errors, console errors, refusals by its Content-Security-Policy. */
  readonly errors: readonly string[];
  /** Of an expression, as JSON; its promise is awaited. To Firefox that is no touch. */
  value<Value>(expression: string): Promise<Value>;
  /** Resolves when the expression is true. */
  until(what: string, expression: string): Promise<void>;
  reload(): Promise<void>;
  /** Goes to the middle of the element, and presses at once. */
  click(selector: string): Promise<void>;
  /** Of the viewport, in CSS pixels; stays there until Firefox has noticed. */
  moveTo(x: number, y: number): Promise<void>;
  type(text: string): Promise<void>;
}

export interface Firefox {
  readonly version: string;
  /** A tab of its own. @param size of the viewport in CSS pixels */
  open(url: string, size: { readonly width: number; readonly height: number }): Promise<FirefoxPage>;
  close(): Promise<void>;
}

const commandMs = 30_000;
/** Firefox looks for the mouse now and then, for its own button over pictures. */
const noticedMs = 300;
/** Enter, in WebDriver's words. */
export const enterKey = "\uE007";

/** Quiet: nothing of its makers' is asked for. Sound waits for a touch, as people have it. */
const preferences = {
  "app.update.disabledForTesting": true,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "intl.accept_languages": "en-US",
  "media.autoplay.default": 1,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
};

function findFirefox(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const inPath = ["firefox-esr", "firefox"].flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env["FIREFOX_PATH"], ...inPath].find((path) => path !== undefined && existsSync(path));
}

/** Why tests with Firefox cannot run here; undefined when they can. */
export const firefoxMissing = (): string | undefined =>
  findFirefox() === undefined ? "no Firefox found: apt install firefox-esr, or set FIREFOX_PATH" : undefined;

interface Answer {
  readonly id?: number;
  readonly type: "success" | "error" | "event";
  readonly result?: unknown;
  readonly message?: string;
  readonly method?: string;
  readonly params?: { readonly level: string; readonly text: string; readonly source: { readonly context?: string } };
}

/** @throws Error with what to do when there is no Firefox. */
export async function launchFirefox(): Promise<Firefox> {
  const command = findFirefox();
  if (command === undefined) throw new Error(firefoxMissing());
  const profile = mkdtempSync(join(tmpdir(), "airclass-firefox-"));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, "user.js"), lines.join("\n"));
  const args = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"];
  // It starts for root in a home of root's only.
  const env = childEnvironment({ HOME: profile });
  const child = startChild({ command, args, stdio: ["ignore", "ignore", "pipe"], env });
  const end = async (): Promise<void> => {
    await child.stop(5_000);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return await connect(await addressOf(child), end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function addressOf(child: Child): Promise<string> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-8_192);
  });
  let address: string | undefined;
  await eventually("Firefox listens", async () => {
    address = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
    return address !== undefined;
  });
  return `${address}/session`;
}

async function connect(address: string, end: () => Promise<void>): Promise<Firefox> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, (answer: Answer) => void>();
  const errorsOf = new Map<string, string[]>();
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    else if (answer.method === "log.entryAdded" && answer.params?.level === "error")
      errorsOf.get(answer.params.source.context ?? "")?.push(answer.params.text);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("Firefox closed the connection")));
  });

  async function send<Result>(method: string, params: object = {}): Promise<Result> {
    last += 1;
    const id = last;
    const answered = new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Firefox does not answer ${method}`)), commandMs);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      });
    });
    socket.send(JSON.stringify({ id, method, params }));
    const { type, message, result } = await answered;
    if (type === "error") throw new Error(`${method}: ${message}`);
    return result as Result;
  }

  const session = await send<{ capabilities: { browserVersion: string } }>("session.new", { capabilities: {} });
  await send("session.subscribe", { events: ["log.entryAdded"] });

  return {
    version: session.capabilities.browserVersion,
    async open(url, viewport) {
      const { context } = await send<{ context: string }>("browsingContext.create", { type: "tab" });
      const errors: string[] = [];
      errorsOf.set(context, errors);
      await send("browsingContext.setViewport", { context, viewport });
      await send("browsingContext.navigate", { context, url, wait: "complete" });

      const act = (source: object): Promise<unknown> => send("input.performActions", { context, actions: [source] });
      const mouse = (actions: readonly object[]): Promise<unknown> =>
        act({ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions });

      async function value<Value>(expression: string): Promise<Value> {
        const { result, exceptionDetails } = await send<{ result?: { value?: string }; exceptionDetails?: { text: string } }>(
          "script.evaluate",
          {
            expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
            target: { context },
            awaitPromise: true,
            userActivation: false,
          },
        );
        if (exceptionDetails) throw new Error(exceptionDetails.text);
        return JSON.parse(result?.value ?? "null") as Value;
      }

      return {
        errors,
        value,
        until: (what, expression) => eventually(what, async () => (await value(expression)) === true),
        reload: async () => void (await send("browsingContext.reload", { context, wait: "complete" })),
        async click(selector) {
          const [x, y] = await value<[number, number]>(
            `(({ x, y, width, height }) => [Math.round(x + width / 2), Math.round(y + height / 2)])(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
          );
          await mouse([
            { type: "pointerMove", x, y },
            { type: "pointerDown", button: 0 },
            { type: "pointerUp", button: 0 },
          ]);
        },
        moveTo: async (x, y) =>
          void (await mouse([
            { type: "pointerMove", x, y },
            { type: "pause", duration: noticedMs },
          ])),
        async type(text) {
          const actions = text.split("").flatMap((key) => [
            { type: "keyDown", value: key },
            { type: "keyUp", value: key },
          ]);
          await act({ type: "key", id: "keys", actions });
        },
      };
    },
    async close() {
      socket.close();
      await end();
    },
  };
}
