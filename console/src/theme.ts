import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const iris: MantineColorsTuple = [
  '#f1f1fe',
  '#e3e3fd',
  '#c7c6f9',
  '#a9a8fa',
  '#8a89f3',
  '#6967e6',
  '#4f4cd9',
  '#423fc0',
  '#36339e',
  '#28267a',
];

/** Around `--bad`: what Mantine fills red carries white text at 4.5:1. */
const red: MantineColorsTuple = [
  '#fdeeec',
  '#f9d8d5',
  '#f6c9c5',
  '#f09a93',
  '#e9685f',
  '#e04c42',
  '#cf332a',
  '#ad231b',
  '#8f1d16',
  '#701611',
];

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 6, dark: 6 },
  colors: { iris, red },
  fontFamily: 'var(--font-sans)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '15px', xl: '17px' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.45' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '15px', lineHeight: '22px' },
      h3: { fontSize: '13px', lineHeight: '20px' },
    },
  },
  radius: { xs: '4px', sm: '5px', md: '7px', lg: '10px', xl: '14px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs', fw: 500 } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    // Its two buttons are smaller than a target may be; the arrow keys do the same.
    NumberInput: { defaultProps: { size: 'xs', hideControls: true } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'sm' } },
    Radio: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 350, fz: 12, withArrow: false } },
    Drawer: { defaultProps: { lockScroll: false, closeButtonProps: { 'aria-label': 'Close' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
    Modal: {
      defaultProps: {
        lockScroll: false,
        closeButtonProps: { 'aria-label': 'Close' },
        // A dialogue may lie over another one: their headings are no landmarks of the page.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md', position: 'bottom-start' } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--canvas)',
  '--mantine-color-text': 'var(--fg)',
  '--mantine-color-dimmed': 'var(--fg-3)',
  '--mantine-color-placeholder': 'var(--fg-3)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-border': 'var(--border-strong)',
  '--mantine-color-default-color': 'var(--fg)',
  '--mantine-color-anchor': 'var(--accent-fg)',
  '--mantine-color-error': 'var(--bad-fg)',
  '--mantine-color-iris-light-color': 'var(--accent-fg)',
  '--mantine-color-iris-light': 'var(--accent-soft)',
  '--mantine-color-iris-light-hover': 'var(--accent-soft)',
  '--mantine-color-red-light-color': 'var(--bad-fg)',
  '--mantine-color-red-light': 'var(--bad-soft)',
  '--mantine-color-red-light-hover': 'var(--bad-soft)',
  '--mantine-color-gray-light-color': 'var(--fg-2)',
  '--mantine-color-disabled': 'var(--surface-3)',
  '--mantine-color-disabled-color': 'var(--fg-3)',
};
export const resolver: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });
