import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { StatusChip, shapes } from './StatusChip';
import { type Status, type Vocabulary, vocabulary } from './status';

const all = Object.entries(vocabulary).flatMap(([of, words]) =>
  Object.entries(words as Record<string, Status>).map(([is, status]) => [of, is, status] as const),
);

describe('the vocabulary of states', () => {
  it.each(all)('%s %s has a word and a shape', (of, is, status) => {
    expect(status.word).toMatch(/^[A-Z][a-z ]+$/);
    expect(shapes[status.shape]).toBeTypeOf('function');
    const { container } = render(<StatusChip of={of as keyof Vocabulary} is={is as never} />);
    expect(container.textContent).toBe(status.word);
    expect(container.querySelector('svg')).not.toBeNull();
  });

  it('has no two words with the same look in one kind of object', () => {
    for (const [of, words] of Object.entries(vocabulary)) {
      const looks = Object.values(words as Record<string, Status>).map((s) => `${s.tone} ${s.shape}`);
      expect(new Set(looks).size, of).toBe(looks.length);
    }
  });

  it('avoids words that say too little', () => {
    for (const [, , status] of all) expect(['OK', 'N/A', 'Synced', 'Deleted']).not.toContain(status.word);
  });

  it('shows a state it does not know by its name', () => {
    render(<StatusChip of="user" is={'novel' as never} />);
    expect(screen.getByText('novel')).toBeTruthy();
  });
});
