import { env } from 'vscode';

/** Hours and minutes as the person writes them. */
export const timeOf = (at: Date): string => at.toLocaleTimeString(env.language, { hour: '2-digit', minute: '2-digit' });
