// How a slave is added: the exact commands, completed in this page by what the IT person types. Nothing of it is sent anywhere.
import { useEffect, useState } from "preact/hooks";
import { inLanguage } from "../common/language.ts";
import { Note } from "../common/ui/badge.tsx";
import { IconButton } from "../common/ui/button.tsx";
import { CopyField } from "../common/ui/copy-field.tsx";
import { Field } from "../common/ui/field.tsx";
import { addTexts, addWays, type AddWay } from "./add-texts.ts";
import type { Cluster } from "./cluster-context.ts";
import { clusterTexts } from "./cluster-texts.ts";
import { SideSheet } from "./side-sheet.tsx";
import {
  cloneCommand,
  dockerCommand,
  envLines,
  freeSlaveNumber,
  inLines,
  inOneLine,
  isLoopback,
  masterAddress,
  samePcCommand,
  scaleCommand,
  secretPlaceholder,
} from "./slave-commands.ts";

export function AddSheet({ cluster }: { readonly cluster: Cluster }) {
  const close = (): void => {
    cluster.sheet.value = undefined;
  };
  return (
    <SideSheet id="add-sheet" title={inLanguage(addTexts).title} onClose={close}>
      <AddSlave cluster={cluster} />
    </SideSheet>
  );
}

/** In place of the nodes while there are none. */
export function FirstSlave({ cluster }: { readonly cluster: Cluster }) {
  return (
    <section class="card first-slave" id="first-slave" aria-label={inLanguage(clusterTexts).showEmpty}>
      <h2>{inLanguage(addTexts).title}</h2>
      <AddSlave cluster={cluster} />
    </section>
  );
}

function AddSlave({ cluster }: { readonly cluster: Cluster }) {
  const texts = inLanguage(addTexts);
  const known = cluster.store.facts.value?.masterUrl ?? "";
  const [way, setWay] = useState<AddWay>("clone");
  const [typedAddress, setAddress] = useState<string>();
  const [secret, setSecret] = useState("");
  const [isShown, setShown] = useState(false);
  const address = typedAddress ?? known;
  const isSame = way === "same";
  const master = masterAddress(address);

  return (
    <div class="add-slave">
      <p>{texts.intro}</p>
      <fieldset class="chips">
        <legend class="unseen">{texts.way}</legend>
        {addWays.map((one) => (
          <label key={one} class="chip">
            <input type="radio" name="add-way" value={one} checked={way === one} onChange={() => setWay(one)} />
            <span>{texts.ways[one]}</span>
          </label>
        ))}
      </fieldset>
      {!isSame && (
        <>
          <Field
            id="master-address"
            label={texts.address}
            value={address}
            onInput={setAddress}
            hint={texts.addressHint}
            error={master === undefined ? texts.addressWrong : undefined}
            input={{ autocomplete: "off", spellcheck: false, maxLength: 512 }}
          />
          {master !== undefined && isLoopback(master) && (
            <Note tone="warn" icon="alert" role="status">
              {texts.loopback}
            </Note>
          )}
        </>
      )}
      <div class="secret-field">
        <Field
          id="cluster-secret"
          label={texts.secret}
          value={secret}
          onInput={setSecret}
          hint={texts.secretHint}
          secret={!isShown}
          input={{ autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: 512 }}
        />
        <IconButton icon={isShown ? "eyeOff" : "eye"} label={isShown ? texts.hide : texts.show} onClick={() => setShown(!isShown)} />
      </div>
      {master !== undefined && <Commands way={way} secret={secret} isShown={isShown} master={master} cluster={cluster} />}
      <Arrivals cluster={cluster} />
    </div>
  );
}

interface CommandsProps {
  readonly cluster: Cluster;
  readonly way: AddWay;
  readonly secret: string;
  readonly isShown: boolean;
  readonly master: string;
}

function Commands({ cluster, way, secret, isShown, master }: CommandsProps) {
  const texts = inLanguage(addTexts);
  const full = secret === "" ? secretPlaceholder : secret;
  // On a projector nobody should read it: what is copied has it.
  const seen = secret === "" || isShown ? full : "••••••••";
  return (
    <div class="steps">
      {secret === "" && <p class="soft small">{texts.withoutSecret}</p>}
      {way === "clone" && (
        <>
          <Step text={texts.clonePrepare} label={texts.commandOf.prepare} value="npm ci" id="command-prepare" />
          <Step
            text={texts.cloneRun}
            label={texts.commandOf.clone}
            value={inOneLine(cloneCommand(full, master))}
            shown={inLines(cloneCommand(seen, master))}
            multiline
            id="command-clone"
          />
          <p class="soft small">{texts.ports}</p>
        </>
      )}
      {way === "docker" && <DockerSteps full={full} seen={seen} master={master} />}
      {way === "same" && <SamePcSteps full={full} seen={seen} master={cluster.store.facts.value?.masterUrl ?? master} cluster={cluster} />}
    </div>
  );
}

interface StepsProps {
  readonly full: string;
  readonly seen: string;
  readonly master: string;
}

function DockerSteps({ full, seen, master }: StepsProps) {
  const texts = inLanguage(addTexts);
  const lines = envLines(full, master) ?? (full === secretPlaceholder ? `CLUSTER_SECRET=${full}\nMASTER_URL=${master}` : undefined);
  const shown = full === seen ? lines : lines?.replace(/^CLUSTER_SECRET=.*$/m, `CLUSTER_SECRET=${seen}`);
  return (
    <>
      {lines === undefined ? (
        <Note tone="warn" icon="alert" role="status">
          {texts.secretNotForEnv}
        </Note>
      ) : (
        <Step text={texts.dockerEnv} label={texts.commandOf.env} value={lines} shown={shown} id="command-env" multiline />
      )}
      <Step text={texts.dockerRun} label={texts.commandOf.docker} value={dockerCommand} id="command-docker" />
      <p class="soft small">{texts.dockerPorts}</p>
      <p class="soft small">{texts.dockerFirst}</p>
    </>
  );
}

function SamePcSteps({ full, seen, master, cluster }: StepsProps & { readonly cluster: Cluster }) {
  const texts = inLanguage(addTexts);
  const nodes = cluster.store.ids.value;
  const [count, setCount] = useState(String(nodes.length + 1));
  const addresses = nodes.flatMap((id) => {
    const node = cluster.store.node(id)?.peek();
    return node === undefined ? [] : [node.api_url, node.rtmp_url, node.hls_url];
  });
  const nth = freeSlaveNumber(addresses);
  return (
    <>
      <p>{texts.sameDocker}</p>
      <label class="field count-field">
        <span class="label">{texts.sameCount}</span>
        <input
          class="input numbers"
          id="slave-count"
          type="number"
          min={1}
          max={99}
          value={count}
          onInput={(event) => setCount(event.currentTarget.value)}
        />
      </label>
      <CopyField label={texts.commandOf.scale} value={scaleCommand(Number(count))} id="command-scale" />
      <Step
        text={texts.sameClone}
        label={texts.commandOf.same}
        value={inOneLine(samePcCommand(full, master, nth))}
        shown={inLines(samePcCommand(seen, master, nth))}
        multiline
        id="command-same"
      />
      <p class="soft small">{texts.sameCloneHint}</p>
    </>
  );
}

interface StepProps {
  readonly text: string;
  readonly label: string;
  readonly value: string;
  readonly shown?: string | undefined;
  readonly id: string;
  readonly multiline?: boolean;
}

function Step({ text, label, value, shown, id, multiline = false }: StepProps) {
  return (
    <div class="step">
      <p>{text}</p>
      <CopyField label={label} value={value} shown={shown} id={id} multiline={multiline} />
    </div>
  );
}

/** Who has come since this was opened: the commands have worked. */
function Arrivals({ cluster }: { readonly cluster: Cluster }) {
  const texts = inLanguage(addTexts);
  const [sinceId, setSinceId] = useState(() => cluster.store.events.peek()[0]?.id ?? 0);
  const events = cluster.store.events.value;
  const newest = events[0]?.id ?? 0;
  // A restarted master counts from one again.
  useEffect(() => {
    if (newest < sinceId) setSinceId(0);
  }, [newest, sinceId]);
  const arrived = events.filter(({ id, kind }) => id > sinceId && (kind === "joined" || kind === "returned")).slice(0, 3);
  return (
    <div class="arrivals" role="status">
      {arrived.length === 0 ? (
        <p class="soft">
          <span class="spinner" aria-hidden="true" /> {texts.waiting} {texts.appears}
        </p>
      ) : (
        arrived.map((event) => (
          <Note key={event.id} tone="good" icon="check">
            {texts.joined(event.node_name ?? event.node_id ?? "")}
          </Note>
        ))
      )}
    </div>
  );
}
