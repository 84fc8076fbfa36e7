// A drawing of OBS's window Settings → Stream with the two fields that matter: drawn for AIRClass, in the colours of the theme
// and the language of the page.
import { inLanguage } from "../common/language.ts";
import { obsTexts } from "./obs-texts.ts";

/** Long ones would leave their field. */
const shownLetters = 32;
const cut = (text: string): string => (text.length > shownLetters ? `${text.slice(0, shownLetters - 1)}…` : text);

/** @param streamKey undefined: dots, as OBS shows it */
export function ObsPicture({ server, streamKey }: { readonly server: string; readonly streamKey: string | undefined }) {
  const texts = inLanguage(obsTexts);
  const { title, menu, chosen, service, custom, server: serverLabel, key, ok, cancel } = texts.window;
  return (
    <svg class="obs-picture" viewBox="0 0 480 290" role="img" aria-label={texts.picture}>
      <rect class="obs-window" x="1" y="1" width="478" height="288" rx="10" />
      <path class="obs-bar" d="M1 34V11A10 10 0 0 1 11 1h458a10 10 0 0 1 10 10v23z" />
      <text class="obs-text" x="16" y="23">
        {title}
      </text>
      <path class="obs-line" d="M452 12l10 10M462 12l-10 10" />
      {menu.map((item, index) => (
        <g key={item}>
          {index === chosen && <rect class="obs-chosen" x="10" y={48 + index * 31} width="104" height="27" rx="5" />}
          <text class={index === chosen ? "obs-text on-chosen" : "obs-text soft"} x="22" y={66 + index * 31}>
            {item}
          </text>
        </g>
      ))}
      <path class="obs-line" d="M124.5 44v194" />

      <text class="obs-text" x="142" y="67">
        {service}
      </text>
      <rect class="obs-field" x="244" y="48" width="220" height="29" rx="5" />
      <text class="obs-text" x="254" y="67">
        {custom}
      </text>
      <path class="obs-line" d="M445 60l5 5 5-5" />

      <Filled y={102} step="1" label={serverLabel} value={cut(server)} />
      <Filled y={160} step="2" label={key} value={streamKey === undefined ? "• • • • • • • • • • • •" : cut(streamKey)} />

      <rect class="obs-button primary" x="300" y="250" width="76" height="27" rx="5" />
      <text class="obs-text on-chosen middle" x="338" y="268">
        {ok}
      </text>
      <rect class="obs-button" x="388" y="250" width="76" height="27" rx="5" />
      <text class="obs-text middle" x="426" y="268">
        {cancel}
      </text>
    </svg>
  );
}

interface FilledProps {
  readonly y: number;
  readonly step: string;
  readonly label: string;
  readonly value: string;
}

function Filled({ y, step, label, value }: FilledProps) {
  return (
    <g>
      <text class="obs-text strong" x="142" y={y + 19}>
        {label}
      </text>
      <rect class="obs-field marked" x="244" y={y} width="220" height="29" rx="5" />
      <text class="obs-value" x="254" y={y + 19}>
        {value}
      </text>
      <circle class="obs-step" cx="244" cy={y} r="10" />
      <text class="obs-step-text" x="244" y={y + 4.2}>
        {step}
      </text>
    </g>
  );
}
