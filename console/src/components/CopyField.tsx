import { ActionIcon } from '@mantine/core';
import { useEffect, useState } from 'react';
import classes from './CopyField.module.css';
import { IconCheck, IconCopy } from './icons';

/** A button that copies, and says so to the eye and to a screen reader. */
export function CopyButton({ value, label = 'Copy' }: { value: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <ActionIcon size={24} aria-label={label} title={label} onClick={() => copy(value).then(() => setCopied(true))}>
        {copied ? <IconCheck size={15} className={classes.copied} /> : <IconCopy size={15} />}
      </ActionIcon>
      <span className="sr" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </>
  );
}

/** Where pages come over plain http to another machine, browsers give no clipboard: then a selection is copied. */
async function copy(value: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(value);
  const area = document.createElement('textarea');
  area.value = value;
  area.className = 'sr';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** A value to be taken elsewhere, in full, with its button. */
export function CopyField({ label, value, help }: { label: string; value: string; help?: string }) {
  return (
    <div>
      <div className={classes.label}>{label}</div>
      <div className={classes.field}>
        <code className={classes.value}>{value}</code>
        <CopyButton value={value} label={`Copy: ${label}`} />
      </div>
      {help && <p className="dim small">{help}</p>}
    </div>
  );
}
