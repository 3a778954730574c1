"""Writes the folders beside this file: vocabulary files without a tokenizer.json, and the ids that transformers gives.

Vocabulary and merges are those of the folder gpt2, which stays as it is; SentencePiece models are trained on the README.
Needs transformers 5.18, sentencepiece and protobuf; run it here.
"""
import json
import os
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import AutoTokenizer

root = os.path.dirname(os.path.abspath(__file__))
src = root + "/gpt2"
texts=["o menino foi para a escola"," a casa  perto","ação de João, não?","<s>o menino</s> <mask>foi<pad>","x<|endoftext|>y","[CLS] Olá [SEP] o MENINO foi [MASK]","<extra> escola <extra>casa","tab\tnew\n\nline 123 don't","日本 🙂 e\u0301"]
base=json.load(open(src+"/vocab.json")); V=max(base.values())+1
def vocab_with(specials):
    v={}
    for s in specials: v[s]=len(v)
    for t in sorted(base,key=base.get):
        if t not in v: v[t]=len(v)
    return v
cases={}
def make(name, model_type, cfg, vocab=None, merges=True, files={}, conf={}):
    d=f"{root}/{name}"
    if d != src: shutil.rmtree(d, ignore_errors=True); os.makedirs(d)
    if d != src: json.dump({"model_type":model_type, **conf}, open(d+"/config.json","w"))
    if d != src and vocab is not None: json.dump(vocab, open(d+"/vocab.json","w"), ensure_ascii=False)
    if d != src and merges: shutil.copy(src+"/merges.txt", d)
    if d != src and cfg is not None: json.dump(cfg, open(d+"/tokenizer_config.json","w"))
    for f,c in files.items():
        open(f"{d}/{f}","w").write(c if isinstance(c,str) else json.dumps(c))
    try: t=AutoTokenizer.from_pretrained(d)
    except Exception as e: print(name,"FAILS",type(e),str(e)[:200]); return
    cases[name]={"texts":texts,"class":type(t).__name__,"plain":[t.encode(x,add_special_tokens=False) for x in texts],"special":[t.encode(x) for x in texts]}
    print(name,type(t).__name__,cases[name]["plain"][0],cases[name]["special"][0][:3])
ro=["<s>","<pad>","</s>","<unk>","<mask>"]
make("gpt2","gpt2",{"tokenizer_class":"GPT2Tokenizer","model_max_length":64},base)
make("gpt2-without-config","gpt2",None,base)
make("gpt-neo-prefix-space-bos","gpt_neo",{"tokenizer_class":"GPT2Tokenizer","add_prefix_space":True,"add_bos_token":True},base)
make("gpt2-added","gpt2",{"tokenizer_class":"GPT2TokenizerFast","pad_token":"<pad>","added_tokens_decoder":{"0":{"content":"<|endoftext|>","lstrip":False,"normalized":True,"rstrip":False,"single_word":False,"special":True},str(V):{"content":"<extra>","lstrip":True,"rstrip":True,"normalized":False,"single_word":False,"special":False}},"additional_special_tokens":["<more>"]},base)
make("gpt2-legacy-added","gpt2",{"tokenizer_class":"GPT2Tokenizer"},base,files={"added_tokens.json":{"<extra>":V,"<pad>":V+1},"special_tokens_map.json":{"bos_token":"<|endoftext|>","eos_token":"<|endoftext|>","unk_token":{"content":"<|endoftext|>","single_word":False,"lstrip":False,"rstrip":False,"normalized":True},"pad_token":"<pad>"}})
make("opt","opt",{"tokenizer_class":"GPT2Tokenizer","add_bos_token":True,"bos_token":{"__type":"AddedToken","content":"</s>","lstrip":False,"normalized":True,"rstrip":False,"single_word":False},"eos_token":{"__type":"AddedToken","content":"</s>","lstrip":False,"normalized":True,"rstrip":False,"single_word":False},"unk_token":{"__type":"AddedToken","content":"</s>","lstrip":False,"normalized":True,"rstrip":False,"single_word":False},"pad_token":{"__type":"AddedToken","content":"<pad>","lstrip":False,"normalized":True,"rstrip":False,"single_word":False}},vocab_with(ro))
make("roberta","roberta",None,vocab_with(ro))
make("roberta-mask-prefix","roberta",{"tokenizer_class":"RobertaTokenizer","add_prefix_space":True,"mask_token":{"__type":"AddedToken","content":"<mask>","lstrip":True,"normalized":False,"rstrip":False,"single_word":False}},vocab_with(ro))
make("gpt-neox","gpt_neox",{"tokenizer_class":"GPTNeoXTokenizer"},base)
make("qwen2","qwen2",{"tokenizer_class":"Qwen2Tokenizer","added_tokens_decoder":{str(V):{"content":"<|im_start|>","lstrip":False,"normalized":False,"rstrip":False,"single_word":False,"special":True}},"additional_special_tokens":["<|im_start|>"],"bos_token":None},base)
make("qwen3-without-config","qwen3",None,base)
wp=["[PAD]","[UNK]","[CLS]","[SEP]","[MASK]"]+list("abcdefghijklmnopqrstuvwxyzMEOJ,?.")+["##"+c for c in "abcdefghijklmnopqrstuvwxyzãé"]+["o","menino","escola","##nino","me","casa","Olá","ola","don","'","1","##23","日","foi"]
make("bert","bert",{"tokenizer_class":"BertTokenizer"},None,False,{"vocab.txt":"\n".join(wp)+"\n"})
make("bert-cased-without-config","bert",{"do_lower_case":False},None,False,{"vocab.txt":"\r\n".join(wp)})
make("bert-accents","bert",{"tokenizer_class":"BertTokenizerFast","do_lower_case":True,"strip_accents":False,"tokenize_chinese_chars":False,"unk_token":"[UNK]"},None,False,{"vocab.txt":"\n".join(wp)+"\n"})
make("llama-gpt2","llama",{"tokenizer_class":"GPT2Tokenizer"},base)
make("config-class","gpt2",None,vocab_with(ro),conf={"tokenizer_class":"RobertaTokenizer"})
import io, sentencepiece
lines=[l.strip() for l in open(root+"/../../../../../README.md",encoding="utf-8") if 20<len(l)<400]+["o menino foi para a escola","ação de João, não é uma casa"]*9
open(root+"/rules.tsv","w").write("".join("%X\t%X\n"%(i+0xfee0,i) for i in range(0x21,0x7f))+"A0\t20\nA\t20\n9\t20\nFB01\t66 69\n")
def spm(**kw):
    m=io.BytesIO(); sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines),model_writer=m,num_threads=1,hard_vocab_limit=False,minloglevel=2,**kw); return m.getvalue()
def pieces(name, model_type, model, cfg, file="tokenizer.model", conf={}):
    d=f"{root}/{name}"; shutil.rmtree(d,ignore_errors=True); os.makedirs(d)
    open(f"{d}/{file}","wb").write(model)
    if cfg is not None: json.dump(cfg,open(d+"/tokenizer_config.json","w"))
    if model_type: json.dump({"model_type":model_type,**conf},open(d+"/config.json","w"))
    t=AutoTokenizer.from_pretrained(d)
    more=texts+["  two  spaces ","ＡＢ ﬁne\u00a0x","``quoted'' don't"," <sep>theend <unused0>\n\n\t\t","<extra_id_0> the <extra_id_1>","README model","\u2581a \u2581\u2581"]
    cases[name]={"texts":more,"class":type(t).__name__,"plain":[t.encode(x,add_special_tokens=False) for x in more],"special":[t.encode(x) for x in more]}
    print(name,type(t).__name__,cases[name]["plain"][0],cases[name]["special"][0][:3])
pairs=spm(vocab_size=370,model_type="bpe",byte_fallback=True,normalization_rule_name="identity",remove_extra_whitespaces=False,character_coverage=0.99)
few=spm(vocab_size=110,model_type="bpe",normalization_rule_tsv=root+"/rules.tsv",user_defined_symbols=["<sep>"])
gemma=spm(vocab_size=370,model_type="bpe",byte_fallback=True,normalization_rule_name="identity",remove_extra_whitespaces=False,add_dummy_prefix=False,pad_id=0,eos_id=1,bos_id=2,unk_id=3,bos_piece="<bos>",eos_piece="<eos>",user_defined_symbols=["<mask>","<unused0>","\n\n","\u2581\u2581"],character_coverage=0.99)
uni=dict(vocab_size=150,model_type="unigram",normalization_rule_tsv=root+"/rules.tsv")
t5=spm(pad_id=0,eos_id=1,unk_id=2,bos_id=-1,**uni)
usual=spm(user_defined_symbols=["<sep>","theend"],**uni)
albert=spm(pad_id=0,unk_id=1,bos_id=-1,eos_id=-1,control_symbols=["[CLS]","[SEP]"],user_defined_symbols=["[MASK]"],**uni)
deberta=spm(pad_id=0,bos_id=1,eos_id=2,unk_id=3,pad_piece="[PAD]",bos_piece="[CLS]",eos_piece="[SEP]",unk_piece="[UNK]",**uni)
pieces("llama","llama",pairs,{"tokenizer_class":"LlamaTokenizer","add_bos_token":True})
pieces("llama-legacy","llama",pairs,{"tokenizer_class":"LlamaTokenizerFast","legacy":True,"add_bos_token":True,"add_eos_token":True,"pad_token":"<pad>","added_tokens_decoder":{"370":{"content":"<pad>","lstrip":False,"normalized":False,"rstrip":False,"single_word":False,"special":True}}})
pieces("llama-without-prefix","llama",few,{"tokenizer_class":"LlamaTokenizer","add_prefix_space":False})
pieces("mistral","mistral",pairs,{"tokenizer_class":"LlamaTokenizer","add_bos_token":True,"added_tokens_decoder":{"1":{"content":"<begin>","lstrip":False,"normalized":False,"rstrip":False,"single_word":False,"special":True}},"bos_token":"<begin>"})
pieces("pieces-without-class","llama",few,None)
pieces("gemma","gemma2",gemma,{"tokenizer_class":"GemmaTokenizer","add_bos_token":True})
pieces("t5","t5",t5,{"tokenizer_class":"T5Tokenizer","extra_ids":3},"spiece.model")
pieces("t5-without-config","t5",t5,None,"spiece.model")
pieces("xlm-roberta","xlm-roberta",usual,{"tokenizer_class":"XLMRobertaTokenizer"},"sentencepiece.bpe.model")
pieces("camembert","camembert",usual,None,"sentencepiece.bpe.model")
pieces("albert","albert",albert,{"do_lower_case":True},"spiece.model")
pieces("albert-cased","albert",albert,{"do_lower_case":False,"keep_accents":True,"tokenizer_class":"AlbertTokenizer"},"spiece.model")
pieces("xlnet","xlnet",usual,{"do_lower_case":False},"spiece.model")
pieces("deberta-v2","deberta-v2",deberta,{"do_lower_case":False,"tokenizer_class":"DebertaV2Tokenizer"},"spm.model")
pieces("deberta-v2-lower","deberta-v2",usual,{"do_lower_case":True,"split_by_punct":True},"spm.model")
for n,c in cases.items(): json.dump(c,open(f"{root}/{n}/expected.json","w"),ensure_ascii=False)
os.remove(root+"/rules.tsv")
