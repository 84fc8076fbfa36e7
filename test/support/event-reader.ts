// Reads Server-Sent Events of a node as a script does (curl -N): with a bearer token, over HTTP/1.1.
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { eventually } from "./eventually.ts";

export interface LiveEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface EventReaderDouble {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** All that came, in order. */
  readonly events: readonly LiveEvent[];
  readonly comments: number;
  readonly bytes: number;
  readonly isOver: boolean;
  /** Data of all events of a kind. */
  of<Data>(event: string): Data[];
  /** The first event of a kind that fits; waits for it. */
  next<Data>(event: string, fits?: (data: Data) => boolean, timeoutMs?: number): Promise<Data>;
  /** Takes nothing more from the socket. */
  pause(): void;
  close(): void;
}

export async function readEvents(url: string, headers: Record<string, string> = {}): Promise<EventReaderDouble> {
  const asked = request(url, { headers, agent: false });
  asked.end();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once("response", resolve);
    asked.once("error", reject);
  });
  const events: LiveEvent[] = [];
  let comments = 0;
  let bytes = 0;
  let isOver = false;
  let rest = "";
  // A letter may come in two chunks.
  const decoder = new StringDecoder("utf8");
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    const parts = (rest + decoder.write(chunk)).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      if (part.startsWith(":")) comments += 1;
      const event = /^event: (.*)$/m.exec(part)?.[1];
      if (event !== undefined) events.push({ event, data: JSON.parse(/^data: (.*)$/m.exec(part)?.[1] ?? "null") as unknown });
    }
  });
  answer.on("close", () => {
    isOver = true;
  });
  // Cut off is over, too.
  answer.on("error", () => {});
  const of = <Data>(kind: string) => events.filter(({ event }) => event === kind).map(({ data }) => data as Data);
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    events,
    get comments() {
      return comments;
    },
    get bytes() {
      return bytes;
    },
    get isOver() {
      return isOver;
    },
    of,
    async next<Data>(kind: string, fits: (data: Data) => boolean = () => true, timeoutMs = 15_000) {
      let found: Data | undefined;
      await eventually(
        `an event ${kind} that fits`,
        async () => {
          found = of<Data>(kind).find(fits);
          return found !== undefined;
        },
        timeoutMs,
      );
      return found as Data;
    },
    pause: () => void answer.pause(),
    close: () => void asked.destroy(),
  };
}
