package org.consensusprobe.measure;

import java.util.List;

/** The papers that measures come from. A source names one by what stands before the colon, or by its number in the arXiv. */
final class References {
    static final List<String> ALL = List.of(
            "Benettin et al. 1980: G. Benettin, L. Galgani, A. Giorgilli, J.-M. Strelcyn, Lyapunov characteristic exponents for"
                    + " smooth dynamical systems and for Hamiltonian systems; a method for computing all of them, part 1:"
                    + " theory, Meccanica 15, 1980,"
                    + " doi:10.1007/BF02128236",
            "Dobrushin 1956: R. L. Dobrushin, Central limit theorem for nonstationary Markov chains I, Theory of Probability and its"
                    + " Applications 1, 1956, doi:10.1137/1101006",
            "Dong et al. 2021: Y. Dong, J.-B. Cordonnier, A. Loukas, Attention is not all you need: pure attention loses rank doubly"
                    + " exponentially with depth, ICML 2021, arXiv 2103.03404",
            "Elhage et al. 2023: N. Elhage, R. Lasenby, C. Olah, Privileged bases in the transformer residual stream, 2023,"
                    + " transformer-circuits.pub/2023/privileged-basis",
            "Ethayarajh 2019: K. Ethayarajh, How contextual are contextualized word representations? Comparing the geometry of"
                    + " BERT, ELMo, and GPT-2 embeddings, EMNLP-IJCNLP 2019, doi:10.18653/v1/D19-1006",
            "Facco et al. 2017: E. Facco, M. d'Errico, A. Rodriguez, A. Laio, Estimating the intrinsic dimension of datasets by a"
                    + " minimal neighborhood information, Scientific Reports 7, 2017, doi:10.1038/s41598-017-11873-y",
            "Geshkovski et al.: B. Geshkovski, C. Letrouit, Y. Polyanskiy, P. Rigollet, A mathematical perspective on transformers,"
                    + " Bulletin of the American Mathematical Society 62, 2025, arXiv 2312.10794",
            "Gromov et al. 2024: A. Gromov, K. Tirumala, H. Shapourian, P. Glorioso, D. A. Roberts, The unreasonable"
                    + " ineffectiveness of the deeper layers, ICLR 2025, arXiv 2403.17887",
            "Guo et al. 2024: T. Guo, D. Pai, Y. Bai, J. Jiao, M. I. Jordan, S. Mei, Active-dormant attention heads: mechanistically"
                    + " demystifying extreme-token phenomena in LLMs, 2024, arXiv 2410.13835",
            "He et al. 2024: B. He, L. Noci, D. Paliotta, I. Schlag, T. Hofmann, Understanding and minimising outlier features in"
                    + " transformer training, NeurIPS 2024, arXiv 2405.19279",
            "Lin 1991: J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37, 1991,"
                    + " doi:10.1109/18.61115",
            "Men et al. 2024: X. Men, M. Xu, Q. Zhang, B. Wang, H. Lin, Y. Lu, X. Han, W. Chen, ShortGPT: layers in large language"
                    + " models are more redundant than you expect, Findings of ACL 2025, arXiv 2403.03853",
            "Mu and Viswanath 2018: J. Mu, P. Viswanath, All-but-the-top: simple and effective postprocessing for word"
                    + " representations, ICLR 2018, arXiv 1702.01417",
            "Park and Kim 2022: N. Park, S. Kim, How do vision transformers work?, ICLR 2022, arXiv 2202.06709",
            "Razzhigaev et al. 2024: A. Razzhigaev, M. Mikhalchuk, E. Goncharova, N. Gerasimenko, I. Oseledets, D. Dimitrov,"
                    + " A. Kuznetsov, Your transformer is secretly linear, ACL 2024, arXiv 2405.12250",
            "eq. 25: Á. Rodríguez Abella, J. P. Silvestre, P. Tabuada, The asymptotic behavior of attention in transformers, 2024,"
                    + " arXiv 2412.02682",
            "Roy and Vetterli 2007: O. Roy, M. Vetterli, The effective rank: a measure of effective dimensionality, EUSIPCO 2007",
            "Rudelson and Vershynin 2007: M. Rudelson, R. Vershynin, Sampling from large matrices: an approach through geometric"
                    + " functional analysis, Journal of the ACM 54, 2007, doi:10.1145/1255443.1255449",
            "Schoenemann 1966: P. H. Schönemann, A generalized solution of the orthogonal Procrustes problem, Psychometrika 31,"
                    + " 1966, doi:10.1007/BF02289451",
            "Shazeer et al. 2017: N. Shazeer, A. Mirhoseini, K. Maziarz, A. Davis, Q. Le, G. Hinton, J. Dean, Outrageously large"
                    + " neural networks: the sparsely-gated mixture-of-experts layer, ICLR 2017, arXiv 1701.06538",
            "Sun et al. 2024: M. Sun, X. Chen, J. Z. Kolter, Z. Liu, Massive activations in large language models, COLM 2024,"
                    + " arXiv 2402.17762",
            "Timkey and van Schijndel 2021: W. Timkey, M. van Schijndel, All bark and no bite: rogue dimensions in transformer"
                    + " language models obscure representational quality, EMNLP 2021, arXiv 2109.04404",
            "Verified Transformer Dynamics: Verified transformer dynamics: token clustering convergence in Lean 4,"
                    + " thalens.org/papers/ml_transformer",
            "Wang et al. 2022: P. Wang, W. Zheng, T. Chen, Z. Wang, Anti-oversmoothing in deep vision transformers via the Fourier"
                    + " domain analysis: from theory to practice, ICLR 2022, arXiv 2203.05962",
            "Wolfe 1976: P. Wolfe, Finding the nearest point in a polytope, Mathematical Programming 11, 1976,"
                    + " doi:10.1007/BF01580381",
            "Wu et al. 2024: X. Wu, A. Ajorlou, Y. Wang, S. Jegelka, A. Jadbabaie, On the role of attention masks and LayerNorm in"
                    + " transformers, NeurIPS 2024, arXiv 2405.18781",
            "Xiao et al. 2023: G. Xiao, Y. Tian, B. Chen, S. Han, M. Lewis, Efficient streaming language models with attention"
                    + " sinks, ICLR 2024, arXiv 2309.17453",
            "Zhai et al. 2023: S. Zhai, T. Likhomanenko, E. Littwin, D. Busbridge, J. Ramapuram, Y. Zhang, J. Gu, J. Susskind,"
                    + " Stabilizing transformer training by preventing attention entropy collapse, ICML 2023, arXiv 2303.06296",
            "Zhu et al. 2025: R.-J. Zhu et al., Scaling latent reasoning via looped language models, 2025, arXiv 2510.25741");

    private References() {}
}
