import type { ReactNode } from 'react';
import {
  type Icon,
  IconAlertTriangleFilled,
  IconArrowsExchange,
  IconBan,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleDot,
  IconCircleMinus,
  IconCircleXFilled,
  IconClock,
  IconHandStop,
  IconLink,
  IconLoader,
  IconLock,
  IconPencil,
  IconPlayerPause,
  IconPlus,
  IconUnlink,
} from './icons';
import classes from './StatusChip.module.css';
import { type Shape, type Status, type Tone, type Vocabulary, vocabulary } from './status';

export const shapes: Record<Shape, Icon> = {
  check: IconCircleCheckFilled,
  cross: IconCircleXFilled,
  clock: IconClock,
  hand: IconHandStop,
  turning: IconLoader,
  queued: IconCircleDashed,
  stopped: IconCircleMinus,
  alert: IconAlertTriangleFilled,
  pencil: IconPencil,
  link: IconLink,
  unlink: IconUnlink,
  lock: IconLock,
  off: IconBan,
  pause: IconPlayerPause,
  differs: IconArrowsExchange,
  dot: IconCircleDot,
  plus: IconPlus,
};

/** A word of the vocabulary with its shape and tone. `children` replaces the word with a more exact one. */
export function StatusChip<K extends keyof Vocabulary>(props: {
  of: K;
  is: keyof Vocabulary[K] & string;
  children?: ReactNode;
  title?: string;
  filled?: boolean;
}) {
  const status = (vocabulary[props.of] as Record<string, Status>)[props.is];
  if (!status)
    return (
      <Chip tone="mute" shape="dot" bare>
        {props.is}
      </Chip>
    );
  return (
    <Chip tone={status.tone} shape={status.shape} bare={status.bare && !props.filled} title={props.title}>
      {props.children ?? status.word}
    </Chip>
  );
}

/** The look of a chip, for words that are no status: `New`, `Match`, `Shown once`. */
export function Chip(props: { tone: Tone; shape?: Shape; bare?: boolean; title?: string; children: ReactNode }) {
  const Shown = props.shape && shapes[props.shape];
  return (
    <span className={classes.chip} data-tone={props.tone} data-bare={props.bare || undefined} title={props.title}>
      {Shown && <Shown size={13} className={props.shape === 'turning' ? classes.turning : undefined} />}
      <span className={classes.word}>{props.children}</span>
    </span>
  );
}
