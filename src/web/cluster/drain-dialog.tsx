// The question before a node is emptied or taken back: what will happen to whom, and how long it takes.
import { useState } from "preact/hooks";
import { commonTexts } from "../common/common-texts.ts";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { Button } from "../common/ui/button.tsx";
import { Dialog } from "../common/ui/dialog.tsx";
import { toast } from "../common/ui/toasts.tsx";
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";
import type { Cluster } from "./cluster-context.ts";
import { detailsTexts } from "./details-texts.ts";
import { isInState } from "./node-order.ts";

const minuteChoices = [1, 5, 15] as const;

/** The question that somebody was asked, if any. */
export function DrainDialog({ cluster }: { readonly cluster: Cluster }) {
  const asked = cluster.asked.value;
  const node = asked === undefined ? undefined : cluster.store.node(asked.nodeId)?.value;
  if (asked === undefined || node === undefined) return null;
  return <Question key={`${asked.to} ${asked.nodeId}`} cluster={cluster} node={node} to={asked.to} />;
}

function Question({ cluster, node, to }: { readonly cluster: Cluster; readonly node: NodeLive; readonly to: "drain" | "undrain" }) {
  const texts = inLanguage(detailsTexts);
  const [minutes, setMinutes] = useState<number>(minuteChoices[0]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const isDrain = to === "drain";
  const close = (): void => {
    cluster.asked.value = undefined;
  };

  const go = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const body = isDrain ? { deadline_s: minutes * 60 } : undefined;
    const answer = await cluster.api.call<unknown>("POST", `/cluster/nodes/${encodeURIComponent(node.node_id)}/${to}`, body);
    setBusy(false);
    if (answer.ok) {
      toast((isDrain ? texts.draining : texts.undrained)(node.node_name));
      close();
    } else if (answer.code === "no_such_node") setProblem(texts.noSuchNode);
    else setProblem(answer.code === "unreachable" ? inLanguage(commonTexts).unreachableNow : texts.failed);
  };

  return (
    <Dialog
      title={(isDrain ? texts.drainTitle : texts.undrainTitle)(node.node_name)}
      onClose={close}
      actions={
        <>
          <Button kind="quiet" onClick={close}>
            {inLanguage(commonTexts).cancel}
          </Button>
          <Button id="drain-confirm" kind="primary" icon={isDrain ? "door" : "turn"} busy={isBusy} onClick={() => void go()}>
            {isDrain ? texts.drain : texts.undrain}
          </Button>
        </>
      }
    >
      {isDrain ? <DrainMeaning cluster={cluster} node={node} minutes={minutes} setMinutes={setMinutes} /> : <p>{texts.undrainIntro}</p>}
      {problem !== undefined && (
        <Note tone="bad" icon="alert" role="alert">
          {problem}
        </Note>
      )}
    </Dialog>
  );
}

interface MeaningProps {
  readonly cluster: Cluster;
  readonly node: NodeLive;
  readonly minutes: number;
  readonly setMinutes: (minutes: number) => void;
}

function DrainMeaning({ cluster, node, minutes, setMinutes }: MeaningProps) {
  const texts = inLanguage(detailsTexts);
  const { current_connections: viewers, origin_streams: streams } = node;
  const others = cluster.store.nodes.value.filter((other) => other.node_id !== node.node_id && isInState(other.status, "taking"));
  const free = others.reduce((sum, other) => sum + Math.max(0, other.max_connections - other.current_connections), 0);
  return (
    <>
      <p>{texts.drainIntro}</p>
      <ul class="points">
        {viewers > 0 && <li>{texts.drainViewers(viewers, minutes)}</li>}
        {streams > 0 && <li>{texts.drainStreams(streams)}</li>}
        {viewers === 0 && streams === 0 && <li>{texts.drainNothing}</li>}
        {streams > 0 && <li>{texts.drainDirect}</li>}
        <li>{texts.drainAfter}</li>
      </ul>
      {others.length === 0 && (
        <Note tone="bad" icon="alert">
          {texts.noOther}
        </Note>
      )}
      {others.length > 0 && free < viewers && (
        <Note tone="warn" icon="alert">
          {texts.littleRoom(free)}
        </Note>
      )}
      {viewers > 0 && (
        <label class="field">
          <span class="label">{texts.over}</span>
          <select
            class="input"
            id="drain-minutes"
            value={String(minutes)}
            onChange={(event) => setMinutes(Number(event.currentTarget.value))}
          >
            {minuteChoices.map((choice) => (
              <option key={choice} value={String(choice)}>
                {texts.minutes(choice)}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
