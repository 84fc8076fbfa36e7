import assert from "node:assert/strict";
import { test } from "node:test";
import { readBoundedText } from "./bounded-text.ts";

test("text is read to its end, in chunks that do not end with a letter, too", async () => {
  const bytes = Buffer.from("수업");
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  assert.equal(await readBoundedText(new Response(body), bytes.length), "수업");
  assert.equal(await readBoundedText(new Response(null), 0), "");
});

test("what has no end is given up at the bound", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(readBoundedText(new Response(endless), 10_000), /larger than 10000 bytes/);
  assert.equal(cancelled, true);
});
