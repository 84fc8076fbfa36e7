import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayView } from "../shared/protocol/gateway-messages.ts";
import { createRelayEpochs } from "./relay-epochs.ts";

const path = "live/math";
type Stream = GatewayView["streams"][number];

/** @param claims what the master says, one after the other. */
function stage(given: { readonly last?: number; readonly first?: number; readonly claims?: (number | undefined)[] }) {
  const { last = 0, first, claims = [] } = given;
  const world: { streams: Partial<Stream>[] } = { streams: [] };
  const epochs = createRelayEpochs(
    { path, lastEpoch: last, givenEpoch: first },
    {
      cluster: {
        get view() {
          return { nodes: [], streams: world.streams } as unknown as GatewayView;
        },
      },
      claimEpoch: () => Promise.resolve(claims.shift()),
    },
  );
  return { world, epochs };
}

test("what the master gave at the door is the first one, and used once", async () => {
  const { epochs } = stage({ first: 7, claims: [9] });
  assert.deepEqual([await epochs.next(), await epochs.next(), epochs.highest], [7, 9, 9]);
});

test("while the master is away, each is one above all that is known of the path", async () => {
  const { world, epochs } = stage({ last: 3 });
  assert.equal(await epochs.next(), 4);
  world.streams = [
    { path: "live/other", highest_epoch: 50, copies: [] },
    { path, highest_epoch: 6, copies: [{ epoch: 8 }, { epoch: 5 }] as unknown as Stream["copies"] },
  ];
  assert.equal(await epochs.next(), 9);
});

test("a number that is too low by now is not used, whoever gave it", async () => {
  const { world, epochs } = stage({ first: 7, claims: [8, 8] });
  world.streams = [{ path, highest_epoch: 7, copies: [] }];
  assert.equal(await epochs.next(), 8);
  assert.equal(await epochs.next(), 9);
});
