/** The texts of the chat window, beside those of the chat page. */

export const WIDGET = {
  zh: {
    "window": "在线客服",
    "hide": "收起对话",
    "begin": "新会话",
    "welcome-hint": "输入问题，也可以附上图片。",
    "question-placeholder": "输入问题",
    "attach": "添加图片或视频",
    "no-documents-here": "“{name}”未添加：这里只能添加图片和视频。",
    "sign-in": "请先登录商店，再开始对话。",
    "sign-in-failed": "暂时无法确认您的身份，请稍后再试。",
  },
  en: {
    "window": "Customer service",
    "hide": "Close the chat",
    "begin": "New conversation",
    "welcome-hint": "Ask a question, with pictures if you like.",
    "question-placeholder": "Ask a question",
    "attach": "Add pictures or a clip",
    "no-documents-here": "“{name}” was not added: only pictures and clips can be.",
    "sign-in": "Please sign in to the shop before you chat.",
    "sign-in-failed": "Who you are could not be confirmed. Please try again in a moment.",
  },
};
